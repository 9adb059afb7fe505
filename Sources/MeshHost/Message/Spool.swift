package import Mesh
internal import MeshCrypto

/// Messages that wait for their recipient: `~/.agents/spool/<pane>/`, each in its envelope as received, mode 0600.
/// Here a message is known by its file name only; its signed statement is checked on delivery.
package struct Spool: Sendable {
  /// Messages per pane: in all, of all other hosts, of one other host. The last places are for this account only.
  static let mostMessages = 200
  static let mostOfStrangers = 180
  static let mostOfHost = 60
  /// Bytes in the queues of all panes, with the same three limits.
  static let mostBytes: Int64 = 64 << 20
  static let mostBytesOfStrangers: Int64 = 56 << 20
  static let mostBytesOfHost: Int64 = 16 << 20
  /// Bytes of one message.
  static let mostOfOne = 96 << 10
  private static let mostPanes = 4096
  /// Names in a pane's directory, partial files of killed processes included.
  private static let mostFiles = mostMessages * 4
  private static let lock = ".lock"
  /// Notices about bounced messages, waiting to be sent.
  static let notices = "notices"
  /// This account's messages to hosts that do not answer.
  static let outbox = "outbox"

  let home: AgentsHome

  package init(_ home: AgentsHome) { self.home = home }

  /// Whether no message waits for any pane. Creates no directories.
  package var isEmpty: Bool {
    guard let spool = try? home.directory().subdirectory("spool") else { return true }
    let names = (try? spool.names(limit: Spool.mostPanes)) ?? []
    return !names.contains { SpoolKey(directory: $0) != nil }
  }

  /// The panes for which messages wait or waited.
  func keys() throws(SetupError) -> [SpoolKey] {
    let spool = try home.directory("spool")
    let names = try SetupError.unless(spool.names(limit: Spool.mostPanes))
    return names.compactMap { SpoolKey(directory: $0) }
  }

  /// The messages that wait for a pane, oldest first.
  func items(_ key: SpoolKey) throws(SetupError) -> [SpoolItem] {
    guard let directory = try pane(key) else { return [] }
    return try SetupError.unless(SpoolItem.all(in: directory, limit: Spool.mostFiles))
  }

  /// The envelope; nil: its file is gone.
  func read(_ item: SpoolItem, _ key: SpoolKey) throws(SetupError) -> [UInt8]? {
    guard let directory = try pane(key) else { return nil }
    return try AgentsHome.read(item.name, in: directory, limit: Spool.mostOfOne, policy: .secret)
  }

  /// Stores an envelope; it is on disk when this returns.
  /// - Parameter me: this account, whose own messages may use the reserved places.
  /// - Returns: false when too many messages wait for this pane, or too many bytes in all.
  func add(
    _ envelope: [UInt8], _ item: SpoolItem, _ key: SpoolKey, me: Host
  ) throws(SetupError) -> Bool {
    guard envelope.count <= Spool.mostOfOne else { return false }
    let spool = try home.directory("spool")
    return try spool.locked(Spool.lock) { () throws(SetupError) in
      do throws(FileError) {
        let directory = try spool.subdirectory(key.name, create: true)
        let waiting = try SpoolItem.all(in: directory, limit: Spool.mostFiles)
        guard Spool.hasPlace(for: item, among: waiting, me: me),
          try Spool.hasRoom(for: Int64(envelope.count), of: item.host, in: spool, me: me)
        else { return false }
        try directory.createExclusive(item.name, envelope)
        try spool.synchronise()
        return true
      } catch .exists {
        return false
      } catch { throw SetupError(error) }
    }
  }

  /// The messages that wait for a pane and were not mentioned before. They count as mentioned after this call.
  package func news(for pane: PaneKey) throws(SetupError) -> (count: Int, hosts: [Host]) {
    var items: [SpoolItem] = []
    for key in try keys()
    where key.server == pane.server && key.start == pane.start && key.pane == pane.pane {
      items += try self.items(key)
    }
    let mentioned = HomeFile(home, "state/mentioned/\(pane.fileName)", limit: 64)
    let known = (try? mentioned.read()).flatMap { Int64(String(decoding: $0, as: UTF8.self)) } ?? 0
    let new = items.filter { $0.arrival > known }
    guard let newest = new.map(\.arrival).max() else { return (0, []) }
    try mentioned.write(Array("\(newest)".utf8))
    return (new.count, Set(new.map(\.host)).sorted())
  }

  func remove(_ item: SpoolItem, _ key: SpoolKey) throws(SetupError) {
    guard let directory = try pane(key) else { return }
    try SetupError.unless(directory.remove(item.name))
  }

  /// Removes a pane's directory when it contains nothing but partial files of killed processes.
  func tidy(_ key: SpoolKey) {
    guard let spool = try? home.directory("spool") else { return }
    try? spool.locked(Spool.lock) { () throws(SetupError) in
      guard let directory = try? spool.subdirectory(key.name),
        let names = try? directory.names(limit: Spool.mostFiles),
        !names.contains(where: { SpoolItem(file: $0) != nil })
      else { return }
      for name in names { _ = try? directory.remove(name) }
      _ = try? spool.removeDirectory(key.name)
    }
  }

  private func pane(_ key: SpoolKey) throws(SetupError) -> Directory? {
    let spool = try home.directory("spool")
    do { return try spool.subdirectory(key.name) } catch .missing { return nil } catch {
      throw SetupError(error)
    }
  }

  private static func hasPlace(
    for item: SpoolItem, among waiting: [SpoolItem], me: Host
  ) -> Bool {
    guard waiting.count < mostMessages else { return false }
    guard item.host != me else { return true }
    return waiting.count { $0.host != me } < mostOfStrangers
      && waiting.count { $0.host == item.host } < mostOfHost
  }

  private static func hasRoom(
    for size: Int64, of host: Host, in spool: borrowing Directory, me: Host
  ) throws(FileError) -> Bool {
    var (all, strangers, same) = (size, size, size)
    for name in try spool.names(limit: mostPanes) where SpoolKey(directory: name) != nil {
      let directory = try spool.subdirectory(name)
      for file in try directory.names(limit: mostFiles) {
        let bytes = try directory.facts(of: file)?.size ?? 0
        all += bytes
        guard let other = SpoolItem(file: file)?.host else { continue }
        if other != me { strangers += bytes }
        if other == host { same += bytes }
      }
    }
    return all <= mostBytes
      && (host == me || (strangers <= mostBytesOfStrangers && same <= mostBytesOfHost))
  }
}

/// Identifies a queue: a pane of one instance of one server. Pane numbers and pids are reused, the two times are not.
/// The directory's name: `<server, 16 hex digits>-<pid>-<start>-<pane>`.
package struct SpoolKey: Hashable, Sendable {
  /// The server's socket; queues of other servers than ours are left alone.
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

  static func mark(of tmux: Tmux) -> String {
    String(Digest.hex(Digest.blake2b256(Array(tmux.socket.utf8))).prefix(16))
  }
}

/// One queued message. Its file is named `<arrival>-<expires>-<id>-<from-host>`, both times in milliseconds
/// with 14 digits, so that names sort by arrival and show what has expired without opening the file.
struct SpoolItem: Hashable, Sendable {
  let arrival: Int64
  let expires: Int64
  let id: MessageID
  let host: Host

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

  /// Oldest first.
  static func all(
    in directory: borrowing Directory, limit: Int
  ) throws(FileError) -> [SpoolItem] {
    try directory.names(limit: limit).compactMap { SpoolItem(file: $0) }
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

/// Notices to senders that asked for them (`--notify`): a queued message was not delivered. A notice is an
/// ordinary message of this host. Until it is sent, it is kept in `~/.agents/spool/notices/`, so that it
/// survives this process; every attempt sends it under the same id. The file's name has the host that it goes to.
package struct Notices: Sendable {
  static let most = 1000
  /// For another host than this one.
  static let mostOfHost = 60
  static let lock = ".lock"

  let site: Site

  package init(_ site: Site) { self.site = site }

  /// Whether there is nothing to send. Creates no directories.
  package var isEmpty: Bool {
    let path = try? site.home.directory().subdirectory("spool").subdirectory(Spool.notices)
    guard let path, let waiting = try? SpoolItem.all(in: path, limit: Self.most) else {
      return true
    }
    return waiting.isEmpty
  }

  /// Stores a notice. It is sent soon; the sender's host may be unreachable now. A sender that was in no pane has
  /// the name of its host alone, where nobody could read a notice.
  /// - Parameter host: the sender's.
  func add(
    to sender: Address, of host: Host, about: MessageID, sentTo to: Address, _ end: Disposition
  ) {
    guard sender != Address(host), let id = MessageID.random(),
      let directory = try? site.home.directory("spool", Spool.notices),
      let waiting = try? SpoolItem.all(in: directory, limit: Self.most * 2),
      waiting.count < Self.most,
      host == site.host || waiting.count(where: { $0.host == host }) < Self.mostOfHost
    else { return }
    let now = site.now
    let item = SpoolItem(
      arrival: now.milliseconds,
      expires: now.milliseconds + Freshness.longestQueuedLife, id: id, host: host)
    let reason = end.reason == .none ? "" : " (\(end.reason.rawValue))"
    let text =
      "your message \(about.short) to \(to) waited and was not delivered: \(end.outcome.rawValue)\(reason); nothing was typed unless this says unknown"
    try? directory.createExclusive(item.name, Array("\(sender)\n\(about)\n\(text)\n".utf8))
  }
}
