internal import Mesh

/// A message across ssh: one session, the receipt as the only proof.
struct SSHTransport: Sendable {
  let config: SSHConfig

  init(_ config: SSHConfig) { self.config = config }

  /// - Parameter time: for the receipt; the far side has to show signs of life meanwhile.
  /// - Throws: `.noAnswer` once something was sent and no framed receipt came.
  func deliver(
    _ envelope: SignedEnvelope, to alias: String, within time: Duration
  ) throws(SSHFailure) -> SignedReceipt {
    var session = try SSHSession.open(alias, .deliver, config, until: .now + Patience.silence)
    session.end = .now + Patience.silence
    try session.write(envelope.bytes)
    session.closeInput()
    do throws(SourceError) {
      if let receipt = try receipt(&session, until: .now + time) { return receipt }
    } catch .timeout {
      throw .noAnswer(said: "no receipt in time")
    } catch { throw .noAnswer(said: "the session broke") }
    throw .noAnswer(said: "the session ended without a receipt")
  }

  /// The first framed receipt; whatever a login prints around it is skipped, to the same limit as before it.
  private func receipt(
    _ session: inout SSHSession, until last: ContinuousClock.Instant
  ) throws(SourceError) -> SignedReceipt? {
    let waiting = Array(RemoteVerb.waitingLine.utf8)
    var seen = 0
    session.end = min(last, .now + Patience.silence)
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
