/// A session that is begun before it is settled what will be said in it: connecting takes longer than looking up who
/// speaks. Nothing is sent until it is taken; one that is never taken is hung up.
package final class SSHCall {
  /// The far side gives up waiting for a message after ten seconds: an older call is replaced by a new one.
  private static let freshness = Duration.seconds(5)

  private let alias: String
  private let config: SSHConfig
  private let tell: SSHNotice
  private let began = ContinuousClock.now
  private var session: Result<SSHSession, SSHFailure>?
  /// Whether a connection was open already.
  private(set) var wasWarm = false

  init(_ alias: String, _ config: SSHConfig, _ tell: SSHNotice) {
    (self.alias, self.config, self.tell) = (alias, config, tell)
    do throws(SSHFailure) {
      let begun = try SSHSession.start(alias, .deliver, config)
      wasWarm = begun.isWarm
      session = .success(begun)
    } catch { session = .failure(error) }
  }

  /// The session, ready to be spoken in. - Throws: as `SSHSession.open` does; nothing was sent.
  func answered() throws(SSHFailure) -> SSHSession {
    guard let begun = session.take(), .now - began < Self.freshness else {
      return try SSHSession.open(alias, .deliver, config, tell: tell)
    }
    var answered = try begun.get()
    try answered.awaitReady(tell)
    return answered
  }
}

/// Who is told that a host is being waited for, and what ssh has said until then.
package struct SSHNotice: Sendable {
  /// Nobody.
  package static let silent = SSHNotice { _, _ in }

  private let say: @Sendable (String, _ isFromSSH: Bool) -> Void

  /// - Parameter say: one printable line; whether ssh's own words are in it, which may ask for a person.
  package init(_ say: @escaping @Sendable (String, _ isFromSSH: Bool) -> Void) { self.say = say }

  func waiting(for alias: String, _ complaint: SSHComplaint) {
    complaint.isEmpty
      ? say("waiting for \(alias)", false) : say("waiting for \(alias): \(complaint.whole)", true)
  }
}
