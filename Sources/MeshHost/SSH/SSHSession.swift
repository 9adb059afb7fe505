internal import Mesh

/// The constant remote lines: everything else travels on stdin.
package enum RemoteVerb: String, Sendable, CaseIterable {
  case deliver, sync, key, ping, overview

  /// Understood alike by sh, bash, zsh, fish, tcsh and ksh; `~/bin` is not in sshd's PATH.
  package var line: String { "~/bin/agent-register-hook \(rawValue)" }

  /// What `serve` finds in `SSH_ORIGINAL_COMMAND`: one of the lines, byte for byte.
  package init?(line: String) {
    guard let verb = RemoteVerb.allCases.first(where: { $0.line == line }) else { return nil }
    self = verb
  }

  /// What the connection is for.
  var purpose: SSHConfig.Purpose {
    switch self {
    case .key: .introduction
    case .sync: .traffic
    case .deliver, .ping, .overview: .message
    }
  }

  /// What the receiving side prints before it reads.
  package static let readyLine = "AMSH1 ready"
  /// What `sync` prints before the ready line: it understands a root in place of the digests.
  package static let rootLine = "AMSH1 root"
  /// What it prints every few seconds while a message waits for its recipient.
  package static let waitingLine = "AMSH1 waiting"
}

/// One ssh session: the far side's ready line, then a conversation with its program.
struct SSHSession: ~Copyable {
  /// What a login's own files may print before the ready line.
  private static let noiseLimit = 4 << 20
  /// Of that, kept at a time: a longer line comes in parts.
  private static let partLimit = 64 << 10
  /// For the login's files and our program, once ssh has connected.
  private static let shellPatience = Duration.seconds(10)
  /// For authentication, which ssh's own `ConnectTimeout` leaves out.
  private static let loginPatience = Duration.seconds(10)
  /// After so long a wait a person is told what is waited for.
  private static let quiet = Duration.milliseconds(1500)

  var incoming: Incoming<ChildOutput>
  /// Whether the far side understands a root.
  private(set) var knowsRoots = false
  /// The deadline of what is done next.
  var end: ContinuousClock.Instant
  private let alias: String
  private let way: SSHWay
  private let config: SSHConfig
  private let began = ContinuousClock.now
  /// When ssh was seen to be connected and authenticated.
  private var connected: ContinuousClock.Instant?
  /// When whoever asked gives up, whatever ssh would wait for.
  private var most: ContinuousClock.Instant?

  private init(
    _ talk: consuming Conversation, _ alias: String, _ way: SSHWay, _ config: SSHConfig,
    isWarm: Bool
  ) {
    incoming = Incoming(ChildOutput(talk))
    end = .now
    (self.alias, self.way, self.config) = (alias, way, config)
    connected = isWarm ? .now : nil
  }

  /// Starts ssh and waits for the ready line. Whatever fails here, nothing was sent.
  /// - Parameter most: earlier than ssh itself would give up.
  static func open(
    _ alias: String, _ verb: RemoteVerb, _ config: SSHConfig, tell: SSHNotice = .silent,
    until most: ContinuousClock.Instant? = nil
  ) throws(SSHFailure) -> SSHSession {
    var session = try start(alias, verb, config)
    session.most = most
    try session.awaitReady(tell)
    return session
  }

  /// Starts ssh, and does not wait for anything.
  static func start(
    _ alias: String, _ verb: RemoteVerb, _ config: SSHConfig
  ) throws(SSHFailure) -> SSHSession {
    let way: SSHWay
    do { way = try config.way(to: alias, verb.purpose) } catch { throw .setup(error) }
    let isWarm = way.isOpen
    guard isWarm || !config.wasRefusedJustNow(alias) else {
      throw .refused(said: "\(alias) refused this host a moment ago; it is asked again after 5 s")
    }
    do {
      let talk = try Conversation(
        "ssh", way.arguments + ["--", alias, verb.line], stderr: .capture(limit: 65536))
      return SSHSession(talk, alias, way, config, isWarm: isWarm)
    } catch { throw .noSSH }
  }

  /// Whether a connection was open before this session.
  var isWarm: Bool { connected.map { $0 <= began + .milliseconds(1) } ?? false }

  mutating func awaitReady(_ tell: SSHNotice) throws(SSHFailure) {
    let wanted = Array(RemoteVerb.readyLine.utf8)
    let roots = Array(RemoteVerb.rootLine.utf8)
    var seen = 0
    // What may be the beginning of the ready line, where noise without a line feed was cut into parts.
    var rest: [UInt8] = []
    var last: [UInt8] = []
    var isTold = false
    while true {
      end = min(.now + .milliseconds(250), limit)
      let line: [UInt8]?
      do throws(SourceError) {
        line = try nextLine(limit: SSHSession.partLimit)
      } catch {
        guard error == .timeout else { throw .unreachable(said: "the session broke") }
        try waited(tell, &isTold, last)
        continue
      }
      guard let line else { throw refusal(last) }
      let whole = rest + line
      // A login's file may end its noise without a line feed.
      if whole.suffix(wanted.count).elementsEqual(wanted) { return }
      if whole.suffix(roots.count).elementsEqual(roots) { knowsRoots = true }
      rest = line.count == SSHSession.partLimit ? Array(line.suffix(wanted.count)) : []
      if line.contains(where: { $0 > 32 }) { last = Array(line.suffix(400)) }
      seen += line.count + 1
      guard seen < SSHSession.noiseLimit else {
        throw .unreachable(
          said:
            "the login shell of \(alias) printed 4 MiB, and no \(RemoteVerb.readyLine) in it; at last: \(SafeText.line(bytes: last[...]))"
        )
      }
    }
  }

  /// When to give up: the time to connect and log in, then the shell's.
  private var limit: ContinuousClock.Instant {
    let own =
      if let connected { connected + SSHSession.shellPatience } else {
        began + .seconds(way.connectTimeout) + SSHSession.loginPatience
      }
    return most.map { min($0, own) } ?? own
  }

  /// Nothing came for a moment. - Throws: `timeout` when it was too long.
  private mutating func waited(
    _ tell: SSHNotice, _ isTold: inout Bool, _ noise: [UInt8]
  ) throws(SSHFailure) {
    if connected == nil, way.isOpen { connected = .now }
    let complaint = SSHComplaint(incoming.source.talk.complaints)
    if !isTold, ContinuousClock.now - began > SSHSession.quiet {
      tell.waiting(for: alias, complaint)
      isTold = true
    }
    guard ContinuousClock.now >= limit else { return }
    throw .timeout(said: tooLate(complaint, noise))
  }

  /// Which time ran out, and what was said until then.
  private func tooLate(_ complaint: SSHComplaint, _ noise: [UInt8]) -> String {
    let seconds = (ContinuousClock.now - began).components.seconds
    let printed = SafeText.line(bytes: noise[...])
    if connected != nil {
      let what =
        printed.isEmpty ? complaint.isEmpty ? "nothing" : complaint.whole : printed
      return
        "connected, but after \(most == nil ? SSHSession.shellPatience.components.seconds : seconds) s agent-register-hook had not started (does a file of the login start another shell, or ask something?); the login shell of \(alias) printed: \(what)"
    }
    guard complaint.isEmpty else {
      return "not logged in after \(seconds) s; ssh says: \(complaint.whole)"
    }
    return "not logged in after \(seconds) s (to connect, \(way.timeoutWords))"
  }

  /// Why the session ended before the ready line.
  private mutating func refusal(_ noise: [UInt8]) -> SSHFailure {
    guard let ending = try? incoming.source.talk.finish(until: .now + .seconds(1)) else {
      return .unreachable(said: "ssh did not end")
    }
    let failure = SSHFailure.ended(
      alias, status: ending.status, complaints: ending.stderr, noise: noise)
    if case .refused = failure { config.noteRefusal(alias) }
    let whole = SSHComplaint(ending.stderr).whole
    // Silence while it logs in: the server waits for a person.
    if case .unreachable(let said) = failure, said.hasPrefix("Connection to "),
      !whole.contains("during banner exchange")
    {
      return .timeout(said: "not logged in; ssh says: \(whole)")
    }
    // ssh's own words do not say whose limit it was.
    if case .unreachable(let said) = failure, said.contains("timed out") {
      return .timeout(said: "\(said) (\(way.timeoutWords))")
    }
    return failure
  }

  mutating func write(_ bytes: [UInt8]) throws(SSHFailure) {
    do { try incoming.source.talk.write(bytes, until: end) } catch .closed {
      // It may have answered and gone before it read all: what it said decides.
    } catch { throw .noAnswer(said: "\(error)") }
  }

  /// One piece of something long, within a time of its own.
  /// - Returns: false when the other side reads no more: it has answered, or gone.
  mutating func push(_ bytes: [UInt8], within time: Duration) throws(SSHFailure) -> Bool {
    do {
      try incoming.source.talk.write(bytes, until: .now + time)
      return true
    } catch .closed { return false } catch { throw .noAnswer(said: "\(error)") }
  }

  mutating func closeInput() { incoming.source.talk.closeInput() }

  /// The next line without its LF; nil at the end of the output.
  mutating func nextLine(limit: Int) throws(SourceError) -> [UInt8]? {
    try incoming.line(limit: limit, until: end)
  }

  /// Exactly so many bytes, or fewer at the end of the output.
  mutating func read(exactly count: Int) throws(SourceError) -> [UInt8] {
    try incoming.exactly(count, until: end)
  }
}
