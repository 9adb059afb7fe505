internal import Mesh
internal import MeshCrypto

/// Whose queue it is: a pane of one life of one server. Pane numbers and pids come again, the two times do not.
/// As a directory's name: `<server, 16 hex digits>-<pid>-<start>-<pane>`.
package struct SpoolKey: Hashable, Sendable {
  /// Which socket the server listens at: others than the one that we speak to are left alone.
  let socket: String
  let server: Int32
  let start: Int64
  let pane: PaneID

  init(_ tmux: Tmux, _ server: ServerIdentity, _ pane: PaneID) {
    socket = SpoolKey.mark(of: tmux)
    (self.server, start, self.pane) = (server.pid, server.startTime, pane)
  }

  init?(directory name: String) {
    let parts = name.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 4, parts[0].utf8.count == 16, let server = Int32(parts[1]),
      let start = Int64(parts[2]), let number = UInt32(parts[3])
    else { return nil }
    (socket, self.server, self.start) = (parts[0], server, start)
    pane = PaneID(number: number)
    guard self.name == name else { return nil }
  }

  var name: String { "\(socket)-\(server)-\(start)-\(pane.number)" }

  func isOf(_ identity: ServerIdentity) -> Bool {
    server == identity.pid && start == identity.startTime
  }

  static func mark(of tmux: Tmux) -> String {
    String(Digest.hex(Digest.blake2b256(Array(tmux.socket.utf8))).prefix(16))
  }
}

/// One message that waits. Its file is called `<arrival>-<expires>-<id>-<from-host>`, both times in milliseconds with 14
/// digits, so that names sort by arrival and say without a look inside what has expired.
struct SpoolItem: Hashable, Sendable {
  let arrival: Int64
  let expires: Int64
  let id: MessageID
  let host: Host

  init(_ statement: Statement, at now: Timestamp) {
    self.init(
      arrival: now.milliseconds, expires: statement.expires.milliseconds, id: statement.id,
      host: statement.fromHost)
  }

  init(arrival: Int64, expires: Int64, id: MessageID, host: Host) {
    (self.arrival, self.expires, self.id, self.host) = (arrival, expires, id, host)
  }

  init?(file name: String) {
    let parts = name.split(separator: "-", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 4, let arrival = Int64(parts[0]), let expires = Int64(parts[1]),
      let id = try? MessageID(validating: parts[2]), let host = try? Host(validating: parts[3])
    else { return nil }
    self.init(arrival: arrival, expires: expires, id: id, host: host)
    guard self.name == name else { return nil }
  }

  var name: String { "\(SpoolItem.digits(arrival))-\(SpoolItem.digits(expires))-\(id)-\(host)" }

  func isMessage(_ statement: Statement) -> Bool {
    id == statement.id && host == statement.fromHost
  }

  private static func digits(_ number: Int64) -> String {
    let text = String(max(0, number))
    return String(repeating: "0", count: max(0, 14 - text.utf8.count)) + text
  }
}
