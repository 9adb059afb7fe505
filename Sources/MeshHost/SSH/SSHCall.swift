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
