/// A session that is begun before it is settled what will be said in it: connecting takes longer than looking up who
/// speaks. Nothing is sent until somebody takes it; one that nobody takes is hung up.
package final class SSHCall {
  /// The far side gives up waiting for a message after ten seconds: one that was begun longer ago is begun anew.
  private static let freshness = Duration.seconds(5)

  private let alias: String
  private let config: SSHConfig
  /// Whether a connection was open already.
  let wasWarm: Bool
  private let began = ContinuousClock.now
  private var session: Result<SSHSession, SSHFailure>?

  init(_ alias: String, _ config: SSHConfig) {
    (self.alias, self.config) = (alias, config)
    wasWarm = config.hasConnection(to: alias)
    session = Result { () throws(SSHFailure) in try SSHSession.start(alias, .deliver, config) }
  }

  /// The session, ready to be spoken in. - Throws: as `SSHSession.open` does; nothing was sent.
  func answered(until end: ContinuousClock.Instant) throws(SSHFailure) -> SSHSession {
    guard let begun = session.take(), .now - began < Self.freshness else {
      return try SSHSession.open(alias, .deliver, config, until: end)
    }
    var answered = try begun.get()
    answered.end = end
    try answered.awaitReady()
    return answered
  }
}
