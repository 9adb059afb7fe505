internal import Mesh

/// Sends a message over ssh: one session; only the receipt proves what happened. The caller
/// verifies the receipt.
enum SSHTransport {
  /// - Parameter time: how long to wait for the receipt; meanwhile the peer
  ///   must show signs of life.
  /// - Throws: `.noAnswer` if something was sent and no framed receipt arrived.
  static func deliver(
    _ envelope: SignedEnvelope, by call: SSHCall, within time: Duration
  ) throws(SSHFailure) -> SignedReceipt {
    var session = try call.answered()
    session.end = .now + Patience.silence
    try session.write(envelope.bytes)
    return try answer(&session, within: time, silence: Patience.silence)
  }

  /// The same for a stream that is produced while it is sent.
  /// - Parameter bytes: its approximate length: the peer needs time to write it to its disk.
  /// - Parameter patience: how long to wait for the answer in addition.
  static func deliver<Source: ByteSource & ~Copyable>(
    _ stream: consuming Source, bytes: Int, by call: SSHCall, patience: Duration
  ) throws(SSHFailure) -> SignedReceipt {
    var session = try call.answered()
    session.incoming.source.talk.expectMuch()
    while true {
      // We read our own file, so this deadline is generous. If the file changes, the stream stops
      // without an end statement.
      guard let piece = try? stream.read(atMost: 1 << 18, until: .now + .seconds(60)),
        !piece.isEmpty, try session.push(piece, within: .seconds(30))
      else { break }
    }
    let disk = Duration.seconds(bytes / (4 << 20))
    return try answer(&session, within: patience + disk, silence: Patience.silence + disk)
  }

  /// - Parameter silence: how long the peer may be silent at first.
  private static func answer(
    _ session: inout SSHSession, within time: Duration, silence: Duration
  ) throws(SSHFailure) -> SignedReceipt {
    session.closeInput()
    do throws(SourceError) {
      if let receipt = try receipt(&session, until: .now + time, silence) { return receipt }
    } catch .timeout {
      throw .noAnswer(said: "no receipt in time")
    } catch { throw .noAnswer(said: "the session broke") }
    throw .noAnswer(said: "the session ended without a receipt")
  }

  /// The first framed receipt. What a login prints around it is skipped, up to the same limit as
  /// before the ready line.
  private static func receipt(
    _ session: inout SSHSession, until last: ContinuousClock.Instant, _ silence: Duration
  ) throws(SourceError) -> SignedReceipt? {
    let waiting = Array(RemoteVerb.waitingLine.utf8)
    var seen = 0
    session.end = min(last, .now + silence)
    while seen < 64 << 10, let line = try session.nextLine(limit: 4096) {
      if line == waiting {
        session.end = min(last, .now + Patience.silence)
        continue
      }
      seen += line.count + 1
      guard let length = SignedReceipt.length(behind: line) else { continue }
      let rest = try session.read(exactly: length)
      return try? SignedReceipt(framed: line + [10] + rest)
    }
    return nil
  }
}

/// An ssh session that is opened before the message is ready, because connecting takes longer than
/// finding out the sender. Nothing is sent until the session is taken; a session that is never
/// taken is closed.
package final class SSHCall {
  /// The peer waits ten seconds for a message, so an older session is replaced by a new one.
  private static let freshness = Duration.seconds(5)

  private let alias: String
  private let config: SSHConfig
  private let tell: SSHNotice
  private let began = ContinuousClock.now
  private var session: Result<SSHSession, SSHFailure>?
  /// Whether a connection was already open.
  private(set) var wasWarm = false

  init(_ alias: String, _ config: SSHConfig, _ tell: SSHNotice) {
    (self.alias, self.config, self.tell) = (alias, config, tell)
    do throws(SSHFailure) {
      let begun = try SSHSession.start(alias, .deliver, config)
      wasWarm = begun.isWarm
      session = .success(begun)
    } catch { session = .failure(error) }
  }

  /// The session, ready to use. - Throws: as `SSHSession.open` does; nothing was sent.
  func answered() throws(SSHFailure) -> SSHSession {
    guard let begun = session.take(), .now - began < Self.freshness else {
      return try SSHSession.open(alias, .deliver, config, tell: tell)
    }
    var answered = try begun.get()
    try answered.awaitReady(tell)
    return answered
  }
}
