internal import Mesh

/// The constant remote lines: everything else travels on stdin.
package enum RemoteVerb: String, Sendable, CaseIterable {
  case deliver, sync, key, ping

  /// Understood alike by sh, bash, zsh, fish, tcsh and ksh; `~/bin` is not in sshd's PATH.
  package var line: String { "~/bin/agent-register-hook \(rawValue)" }

  /// What `serve` finds in `SSH_ORIGINAL_COMMAND`: one of the lines, byte for byte.
  package init?(line: String) {
    guard let verb = RemoteVerb.allCases.first(where: { $0.line == line }) else { return nil }
    self = verb
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
  private static let noiseLimit = 64 << 10

  var incoming: Incoming<ChildOutput>
  /// Whether the far side understands a root.
  private(set) var knowsRoots = false
  /// The deadline of what is done next.
  var end: ContinuousClock.Instant

  private init(_ talk: consuming Conversation) {
    incoming = Incoming(ChildOutput(talk))
    end = .now
  }

  /// Starts ssh and waits for the ready line. Whatever fails here, nothing was sent.
  static func open(
    _ alias: String, _ verb: RemoteVerb, _ config: SSHConfig, until end: ContinuousClock.Instant
  ) throws(SSHFailure) -> SSHSession {
    var session = try start(alias, verb, config)
    session.end = end
    try session.awaitReady()
    return session
  }

  /// Starts ssh, and does not wait for anything.
  static func start(
    _ alias: String, _ verb: RemoteVerb, _ config: SSHConfig
  ) throws(SSHFailure) -> SSHSession {
    let purpose: SSHConfig.Purpose = verb == .key ? .introduction : .traffic
    let file: String
    do { file = try config.file(for: alias, purpose) } catch { throw .setup(error) }
    do {
      return SSHSession(
        try Conversation(
          "ssh", ["-F", file, "--", alias, verb.line], stderr: .capture(limit: 4096)))
    } catch { throw .noSSH }
  }

  mutating func awaitReady() throws(SSHFailure) {
    let wanted = Array(RemoteVerb.readyLine.utf8)
    let roots = Array(RemoteVerb.rootLine.utf8)
    var seen = 0
    while true {
      let line: [UInt8]?
      do throws(SourceError) {
        line = try nextLine(limit: SSHSession.noiseLimit - seen)
      } catch {
        throw error == .timeout ? .timeout : .unreachable(said: "the session broke")
      }
      guard let line else { throw refusal() }
      // A login's file may end its noise without a line feed.
      if line.suffix(wanted.count).elementsEqual(wanted) { return }
      if line.suffix(roots.count).elementsEqual(roots) { knowsRoots = true }
      seen += line.count + 1
      guard seen < SSHSession.noiseLimit else {
        throw .unreachable(said: "64 KiB of output, and no \(RemoteVerb.readyLine) in it")
      }
    }
  }

  /// Why the session ended before the ready line.
  private mutating func refusal() -> SSHFailure {
    guard let ending = try? incoming.source.talk.finish(until: min(end, .now + .seconds(1))) else {
      return .unreachable(said: "ssh did not end")
    }
    let lines = ending.stderr.split(separator: 10)
    let said = SafeText.line(bytes: lines.last ?? [])
    if ending.status == 126 || ending.status == 127 { return .notInstalled(said: said) }
    let silent = "ssh ended with \(ending.status) and said nothing"
    return .unreachable(said: said.isEmpty ? silent : said)
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
