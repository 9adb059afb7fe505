/// Who is there, who is ready, what waits, what failed: one model for the table, for `--json`, for the status line, the
/// picker and the graph. Every text in it comes from tmux, from options or from peers: it is made safe where it is shown.
package struct Overview: Sendable, Equatable {
  package let host: Host
  package let taken: Timestamp
  /// Each pane once, in the order in which they want a person.
  package var agents: [AgentRow]
  /// This host first, then by name.
  package var hosts: [HostRow]

  package init(host: Host, taken: Timestamp, agents: [AgentRow], hosts: [HostRow]) {
    (self.host, self.taken) = (host, taken)
    self.agents = agents.sorted { AgentRow.precedes($0, $1, home: host) }
    self.hosts = hosts.sorted {
      ($0.host == host ? 0 : 1, $0.host) < ($1.host == host ? 0 : 1, $1.host)
    }
  }
}

/// How fresh what is said of an agent is.
package enum Reach: String, Sendable, CaseIterable {
  /// A pane of this host, looked at just now.
  case here
  /// Its host told just now.
  case answered
  /// Its host was not asked, or cannot be; its signed list is in date.
  case listed
  /// Its host's list has expired.
  case stale
  /// Its host, or its tmux server, did not answer: what it said last.
  case silent
}

/// The last thing that became of a message with an agent.
package struct LastOutcome: Sendable, Equatable {
  package let outcome: String
  package let reason: String
  package let time: String
  /// Whether the agent sent it; else it was the recipient.
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
  /// As people wrote them.
  package var session: String
  package var window: String
  package var paneID: String
  package var program: String
  /// nil: not told.
  package var state: PaneState?
  package var since: Timestamp?
  /// What somebody said that it is for; empty: nobody did.
  package var role: String
  package var scope: String
  /// Messages that wait for it on its host; nil: not told.
  package var waiting: Int?
  package var last: LastOutcome?
  package var reach: Reach
  /// When this was so.
  package var asOf: Timestamp

  /// Where it is, and nothing else.
  init(_ address: Address, _ host: Host, _ reach: Reach, asOf: Timestamp) {
    (self.address, self.host, self.reach, self.asOf) = (address, host, reach, asOf)
    (target, session, window, paneID, program, role, scope) = ("", "", "", "", "", "", "")
  }

  /// What a slice says: everything but the state.
  package init(_ entry: AgentEntry, _ reach: Reach, asOf: Timestamp) {
    (address, host, target) = (entry.address, entry.host, entry.target)
    (session, window, paneID) = (entry.session, entry.window, entry.paneID)
    program = entry.command
    role = entry.saidRole
    scope = entry.saidScope
    (self.reach, self.asOf) = (reach, asOf)
  }

  /// Whether a message would be typed now, or taken by a program that is at work.
  package var isReady: Bool { state == .ready || state == .busyAccepting }

  /// Whether the words of one stand in the other, next to each other: `reviewer` in `Code reviewer, Swift`.
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

  /// Small: a person should look there first.
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
  /// What somebody said that the agent is for; empty where the text was only made up from its place.
  package var saidRole: String { role.hasSuffix(" agent in \(target)") ? "" : role }
  package var saidScope: String { scope.hasPrefix("Window target \(target);") ? "" : scope }

  /// Each pane once, by the shortest of its addresses: a window's stands for its first pane.
  package static func onePerPane(_ entries: [AgentEntry]) -> [AgentEntry] {
    var places: [PaneName: Int] = [:]
    var kept: [AgentEntry] = []
    for entry in entries {
      let name = PaneName(host: entry.host, server: entry.server, pane: entry.paneID)
      guard let place = places[name] else {
        places[name] = kept.count
        kept.append(entry)
        continue
      }
      let (old, new) = (kept[place].address, entry.address)
      if (new.text.utf8.count, new) < (old.text.utf8.count, old) { kept[place] = entry }
    }
    return kept
  }

  private struct PaneName: Hashable {
    let host: Host
    let server: String?
    let pane: String
  }
}

/// One host of the mesh.
package struct HostRow: Sendable, Equatable {
  /// What is known of its key.
  package enum Standing: String, Sendable { case own, pinned, unpinned, revoked }

  package let host: Host
  package let standing: Standing
  /// `SHA256:…` of the newest key that counts; nil: none.
  package let key: String?
  package let reach: Reach
  /// When it last answered us.
  package let contact: Timestamp?
  /// What failed since, and when.
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
