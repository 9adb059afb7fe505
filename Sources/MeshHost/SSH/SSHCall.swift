/// A session that is begun before it is settled what will be said in it: connecting takes longer than looking up who
/// speaks. Nothing is sent until somebody takes it; one that nobody takes is hung up.
public final class SSHCall {
  let alias: String
  /// Whether a connection was open already.
  let wasWarm: Bool
  private var session: Result<SSHSession, SSHFailure>?

  init(_ alias: String, _ config: SSHConfig) {
    self.alias = alias
    wasWarm = config.hasConnection(to: alias)
    session = Result { () throws(SSHFailure) in try SSHSession.start(alias, .deliver, config) }
  }

  /// The session, ready to be spoken in. - Throws: as `SSHSession.open` does; nothing was sent.
  func answered(until end: ContinuousClock.Instant) throws(SSHFailure) -> SSHSession {
    guard let session = session.take() else { throw .noSSH }
    var answered = try session.get()
    answered.end = end
    try answered.awaitReady()
    return answered
  }
}
