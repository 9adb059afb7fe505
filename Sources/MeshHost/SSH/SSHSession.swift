internal import Mesh

/// The constant commands of ours that run on a peer. Everything variable is sent on stdin.
package enum RemoteVerb: String, Sendable, CaseIterable {
  case deliver, sync, key, ping, overview

  /// sh, bash, zsh, fish, tcsh and ksh understand it alike; `~/bin` is not in sshd's PATH.
  package var line: String { "~/bin/agent-register-hook \(rawValue)" }

  /// Reads `SSH_ORIGINAL_COMMAND` for `serve`: it must be one of the lines, byte for byte.
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

  /// The receiving side prints this before it reads.
  package static let readyLine = "AMSH1 ready"
  /// `sync` prints this before the ready line if it understands a root instead of digests.
  package static let rootLine = "AMSH1 root"
  /// Printed every few seconds while a message waits for its recipient.
  package static let waitingLine = "AMSH1 waiting"
}

/// One ssh session: first the peer's ready line, then a conversation with its program.
struct SSHSession: ~Copyable {
  /// How much a login may print before the ready line, in bytes.
  private static let noiseLimit = 4 << 20
  /// How much of a login's line is kept at a time; a longer line is read in parts.
  private static let partLimit = 64 << 10
  /// For the login's startup files and our program, after ssh has connected.
  private static let shellPatience = Duration.seconds(10)
  /// For authentication, which is not part of ssh's `ConnectTimeout`.
  private static let loginPatience = Duration.seconds(10)
  /// After this wait, a person is told what we are waiting for.
  private static let quiet = Duration.milliseconds(1500)

  var incoming: Incoming<ChildOutput>
  /// Whether the peer understands a root.
  private(set) var knowsRoots = false
  /// The deadline of the next operation.
  var end: ContinuousClock.Instant
  private let alias: String
  private let way: SSHWay
  private let config: SSHConfig
  private let began = ContinuousClock.now
  /// When ssh was first seen to be connected and authenticated.
  private var connected: ContinuousClock.Instant?
  /// When the asker gives up, no matter what ssh would wait for.
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

  /// Starts ssh and waits for the ready line. If this fails, nothing was sent.
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

  /// Starts ssh without waiting.
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
      let talk = try Conversation("ssh", way.arguments + ["--", alias, verb.line])
      return SSHSession(talk, alias, way, config, isWarm: isWarm)
    } catch { throw .noSSH }
  }

  /// Whether a connection was open before this session.
  var isWarm: Bool { connected.map { $0 <= began + .milliseconds(1) } ?? false }

  mutating func awaitReady(_ tell: SSHNotice) throws(SSHFailure) {
    let wanted = Array(RemoteVerb.readyLine.utf8)
    let roots = Array(RemoteVerb.rootLine.utf8)
    var seen = 0
    // The end of the last part of a long line; it may contain the beginning of the ready line.
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
      // A login's last line may have no LF, so the ready line can follow on the same line.
      if whole.suffix(wanted.count).elementsEqual(wanted) { return }
      if whole.suffix(roots.count).elementsEqual(roots) { knowsRoots = true }
      rest = line.count == SSHSession.partLimit ? Array(line.suffix(wanted.count)) : []
      if line.contains(where: { $0 > 32 }) { last = Array(line.suffix(400)) }
      seen += line.count + 1
      guard seen < SSHSession.noiseLimit else { throw tooNoisy(last) }
    }
  }

  private func tooNoisy(_ last: [UInt8]) -> SSHFailure {
    .unreachable(
      said:
        "the login shell of \(alias) printed 4 MiB, and no \(RemoteVerb.readyLine) in it; at last: \(SafeText.line(bytes: last[...]))"
    )
  }

  /// When to give up: after the time to connect and log in, then after the shell's time.
  private var limit: ContinuousClock.Instant {
    let own =
      if let connected { connected + SSHSession.shellPatience } else {
        began + .seconds(way.connectTimeout) + SSHSession.loginPatience
      }
    return most.map { min($0, own) } ?? own
  }

  /// Called when nothing has arrived for a moment. - Throws: `timeout` after the limit.
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

  /// Which limit was exceeded, and what was printed until then.
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
    // Silence during login: the server is waiting for a person.
    if case .unreachable(let said) = failure, said.hasPrefix("Connection to "),
      !whole.contains("during banner exchange")
    {
      return .timeout(said: "not logged in; ssh says: \(whole)")
    }
    // ssh does not say whose limit it was, so add that.
    if case .unreachable(let said) = failure, said.contains("timed out") {
      return .timeout(said: "\(said) (\(way.timeoutWords))")
    }
    return failure
  }

  mutating func write(_ bytes: [UInt8]) throws(SSHFailure) {
    do { try incoming.source.talk.write(bytes, until: end) } catch .closed {
      // The peer may have answered and closed before reading everything; its answer decides.
    } catch { throw .noAnswer(said: "\(error)") }
  }

  /// Sends one piece of a long stream, with a time limit for this piece.
  /// - Returns: false if the peer has stopped reading, because it has answered or is gone.
  mutating func push(_ bytes: [UInt8], within time: Duration) throws(SSHFailure) -> Bool {
    do {
      try incoming.source.talk.write(bytes, until: .now + time)
      return true
    } catch .closed { return false } catch { throw .noAnswer(said: "\(error)") }
  }

  mutating func closeInput() { incoming.source.talk.closeInput() }

  /// The next line without its LF; `nil` at the end of the output.
  mutating func nextLine(limit: Int) throws(SourceError) -> [UInt8]? {
    try incoming.line(limit: limit, until: end)
  }

  /// Exactly `count` bytes, or fewer at the end of the output.
  mutating func read(exactly count: Int) throws(SourceError) -> [UInt8] {
    try incoming.exactly(count, until: end)
  }
}

/// Reports that we are waiting for a host, and what ssh has printed so far.
package struct SSHNotice: Sendable {
  /// Reports nothing.
  package static let silent = SSHNotice { _, _ in }

  private let say: @Sendable (String, _ isFromSSH: Bool) -> Void

  /// - Parameter say: gets one printable line, and whether it contains ssh's own text, which may
  ///   ask for a person.
  package init(_ say: @escaping @Sendable (String, _ isFromSSH: Bool) -> Void) { self.say = say }

  func waiting(for alias: String, _ complaint: SSHComplaint) {
    complaint.isEmpty
      ? say("waiting for \(alias)", false) : say("waiting for \(alias): \(complaint.whole)", true)
  }
}

/// Runs one constant command on another host over the user's own ssh, to set up a host that has
/// nothing of ours yet. Everything variable is sent on stdin. The host's ssh key must be known, and
/// no shared connection is used.
package struct SSHCommand: Sendable {
  /// Works in every login shell. The script is sent on stdin.
  package static let shell = "sh -s"

  private let config: SSHConfig

  package init(_ site: Site) { config = SSHConfig(site.home, site.environment) }

  /// - Parameter line: one of our constants, because it is not quoted.
  package func run(
    _ line: String, on alias: String, stdin: [UInt8], deadline: Duration
  ) throws(SSHFailure) -> Child.Output {
    let way: SSHWay
    do { way = try config.way(to: alias, .introduction) } catch { throw .setup(error) }
    do {
      return try Child.run(
        "ssh", way.arguments + ["--", alias, line], stdin: stdin, limit: 4 << 20, deadline: deadline
      )
    } catch {
      switch error {
      case .notStarted: throw .noSSH
      case .timeout: throw .timeout(said: "no answer in \(deadline.components.seconds) s")
      case .tooMuchOutput: throw .noAnswer(said: "it printed more than 4 MiB")
      }
    }
  }
}
