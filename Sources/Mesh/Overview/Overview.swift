/// Which agents exist, which are ready, what waits and what failed: one model for the table,
/// `--json`, the status line, the picker and the graph. Its texts come from tmux, options and peers
/// and are made safe where they are displayed.
package struct Overview: Sendable, Equatable {
  package let host: Host
  package let taken: Timestamp
  /// Each pane once; those that need a person come first.
  package var agents: [AgentRow]
  /// This host first, then by name.
  package var hosts: [HostRow]
  /// Whose agents these are, if not of all hosts.
  package var heading: String?

  package init(host: Host, taken: Timestamp, agents: [AgentRow], hosts: [HostRow]) {
    (self.host, self.taken) = (host, taken)
    self.agents = agents.sorted { AgentRow.precedes($0, $1, home: host) }
    self.hosts = hosts.sorted {
      ($0.host == host ? 0 : 1, $0.host) < ($1.host == host ? 0 : 1, $1.host)
    }
  }
}

/// How fresh the information about an agent is.
package enum Reach: String, Sendable, CaseIterable {
  /// A pane of this host, just read.
  case here
  /// Its host has just answered.
  case answered
  /// Its host was not asked or cannot be asked; its signed list has not expired.
  case listed
  /// Its host's list has expired.
  case stale
  /// Its host or its tmux server did not answer: this is its last answer.
  case silent
}

/// The outcome of the last message to or from an agent.
package struct LastOutcome: Sendable, Equatable {
  package let outcome: String
  package let reason: String
  package let time: String
  /// Whether the agent sent the message; otherwise it was the recipient.
  package let wasSender: Bool

  package init(outcome: String, reason: String, time: String, wasSender: Bool) {
    (self.outcome, self.reason) = (outcome, reason)
    (self.time, self.wasSender) = (time, wasSender)
  }

  package var words: String { reason == "-" ? outcome : "\(outcome)/\(reason)" }
}

/// One agent: one pane.
package struct AgentRow: Sendable, Equatable {
  package var address: Address
  package var host: Host
  /// `<session>:<window index>`
  package var target: String
  /// Session and window as people named them.
  package var session: String
  package var window: String
  package var paneID: String
  package var program: String
  /// nil: its host did not say.
  package var state: PaneState?
  /// What its program reports about itself; nil: not asked, or on another host.
  package var report: SessionReport?
  package var since: Timestamp?
  /// What the agent is for, as its owner wrote it; empty: nothing was written.
  package var role: String
  /// The role as `notify-pane --list` shows it: written, or made from the pane's place.
  package var listedRole: String
  package var scope: String
  /// Messages that wait for the agent on its host, and here for its host; nil: its host did not
  /// say.
  package var waiting: Int?
  package var last: LastOutcome?
  package var reach: Reach
  /// When this information was current.
  package var asOf: Timestamp

  /// Where the agent is; every other field is empty.
  init(_ address: Address, _ host: Host, _ reach: Reach, asOf: Timestamp) {
    (self.address, self.host, self.reach, self.asOf) = (address, host, reach, asOf)
    (target, session, window, paneID, program, role, scope) = ("", "", "", "", "", "", "")
    listedRole = ""
  }

  /// What a slice contains: everything but the state.
  package init(_ entry: AgentEntry, _ reach: Reach, asOf: Timestamp) {
    (address, host, target) = (entry.address, entry.host, entry.target)
    (session, window, paneID) = (entry.session, entry.window, entry.paneID)
    program = entry.command
    (role, listedRole) = (entry.saidRole, entry.role)
    scope = entry.saidScope
    (self.reach, self.asOf) = (reach, asOf)
  }

  /// Adds the messages that wait here for the agent's host.
  /// - Parameter outbox: the recipient of each.
  package mutating func wait(in outbox: [Address]) {
    let count = outbox.count { $0 == address }
    if count > 0 { waiting = (waiting ?? 0) + count }
  }

  /// Whether a message would be typed now, or accepted by a program that is busy.
  package var isReady: Bool { state == .ready || state == .busyAccepting }

  /// Whether its role, as it is shown, has these words.
  package func hasRole(_ wanted: String) -> Bool {
    Self.role(role.isEmpty ? listedRole : role, has: wanted)
  }

  /// Whether all words of `wanted` occur in the role, next to each other: `reviewer` in `Code
  /// reviewer, Swift`.
  package static func role(_ role: String, has wanted: String) -> Bool {
    let wanted = words(wanted)
    return !wanted.isEmpty && "-\(words(role))-".contains("-\(wanted)-")
  }

  private static func words(_ text: String) -> String {
    text.lowercased().split { !$0.isLetter && !$0.isNumber }.joined(separator: "-")
  }

  static func precedes(_ left: AgentRow, _ right: AgentRow, home: Host) -> Bool {
    let (a, b) = (left.urgency, right.urgency)
    if a != b { return a < b }
    if left.host != right.host {
      return (left.host == home ? 0 : 1, left.host) < (right.host == home ? 0 : 1, right.host)
    }
    return left.address < right.address
  }

  /// The smaller, the sooner a person should look at the agent.
  private var urgency: Int {
    let base =
      switch state {
      case .dialog, .password: 0
      case .dead: 1
      case .draft: 2
      case .mode, .inputOff: 3
      case .unknown: 4
      case .humanTyping: 5
      case .ready: 6
      case .busyAccepting, .busyRefusing: 7
      case .shellPrompt: 8
      case nil: 9
      }
    return (waiting ?? 0) > 0 ? min(base, 2) : base
  }
}

extension AgentEntry {
  /// The role that its owner wrote; empty when the text was generated from the pane's place.
  package var saidRole: String { role.hasSuffix(" agent in \(target)") ? "" : role }
  package var saidScope: String { scope.hasPrefix("Window target \(target);") ? "" : scope }
}

/// One host of the mesh.
package struct HostRow: Sendable, Equatable {
  /// What is known about its key.
  package enum Standing: String, Sendable { case own, pinned, unpinned, revoked }

  package let host: Host
  package let standing: Standing
  /// `SHA256:…` of the newest valid key; nil: none.
  package let key: String?
  package let reach: Reach
  /// When the host last answered us.
  package let contact: Timestamp?
  /// What has failed since, and when.
  package let failure: String?
  package let failedAt: Timestamp?
  package let agents: Int

  package init(
    host: Host, standing: Standing, key: String?, reach: Reach, contact: Timestamp?,
    failure: String?, failedAt: Timestamp?, agents: Int
  ) {
    (self.host, self.standing, self.key, self.reach) = (host, standing, key, reach)
    (self.contact, self.failure, self.failedAt) = (contact, failure, failedAt)
    self.agents = agents
  }
}
