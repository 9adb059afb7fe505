internal import Mesh

/// A message across ssh: one session, the receipt as the only proof.
enum SSHTransport {
  /// - Parameter time: for the receipt; the far side has to show signs of life meanwhile.
  /// - Throws: `.noAnswer` once something was sent and no framed receipt came.
  static func deliver(
    _ envelope: SignedEnvelope, by call: SSHCall, within time: Duration
  ) throws(SSHFailure) -> SignedReceipt {
    var session = try call.answered()
    session.end = .now + Patience.silence
    try session.write(envelope.bytes)
    return try answer(&session, within: time, silence: Patience.silence)
  }

  /// The same for what is made while it is sent.
  /// - Parameter bytes: how many there will be about: the far side has to bring them to its disk.
  /// - Parameter patience: for the answer, beside that.
  static func deliver<Source: ByteSource & ~Copyable>(
    _ stream: consuming Source, bytes: Int, by call: SSHCall, patience: Duration
  ) throws(SSHFailure) -> SignedReceipt {
    var session = try call.answered()
    session.incoming.source.talk.expectMuch()
    while true {
      // It is our own file: no deadline. One that changed ends it without an end statement.
      guard let piece = try? stream.read(atMost: 1 << 18, until: .now + .seconds(60)),
        !piece.isEmpty, try session.push(piece, within: .seconds(30))
      else { break }
    }
    let disk = Duration.seconds(bytes / (4 << 20))
    return try answer(&session, within: patience + disk, silence: Patience.silence + disk)
  }

  /// - Parameter silence: how long the far side may say nothing at first.
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

  /// The first framed receipt; whatever a login prints around it is skipped, to the same limit as before it.
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
