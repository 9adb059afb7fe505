/// What a process has open, as `/proc` shows it (proc(5)): files by their paths, sockets by their numbers, and whether
/// one of those accepts connections.
extension ProcessTable {
  private static let mostDescriptors = 4096
  /// A longer table of sockets is not read to its end.
  private static let tableLimit = 8 << 20

  /// Where the open descriptors of a process lead; nil: they cannot be seen, or there are more than are looked at.
  package static func openFiles(of pid: Int32) -> [String]? {
    guard let directory = try? Directory.open("/proc/\(pid)/fd", requirePrivate: false),
      let names = try? directory.names(limit: mostDescriptors), names.count < mostDescriptors
    else { return nil }
    return names.compactMap { ProcFile.link("/proc/\(pid)/fd/\($0)") }
  }

  /// The numbers of the sockets among open files.
  package static func sockets(among files: [String]) -> Set<UInt32> {
    Set(
      files.compactMap { link in
        guard link.hasPrefix("socket:[") else { return nil }
        return UInt32(link.dropFirst("socket:[".utf8.count).dropLast())
      })
  }

  /// Whether a process accepts connections. True as well where it cannot be seen: another account's, one that hides
  /// its descriptors, or one with too many of them.
  package static func mayAcceptConnections(_ pid: Int32) -> Bool {
    guard let files = openFiles(of: pid) else { return true }
    let sockets = sockets(among: files)
    return !sockets.isEmpty && isAnyListening(sockets, of: pid)
  }

  private static func isAnyListening(_ sockets: Set<UInt32>, of pid: Int32) -> Bool {
    // `Num RefCount Protocol Flags Type St Inode Path`; the flag is __SO_ACCEPTCON.
    guard let unix = table("unix", pid) else { return true }
    if has(unix, sockets, inode: 6, mark: "00010000") { return true }
    // `sl local rem st … inode` at the tenth place; 0A is TCP_LISTEN.
    return ["tcp", "tcp6"].contains { name in
      table(name, pid).map { has($0, sockets, inode: 9, mark: "0A") } ?? false
    }
  }

  private static func table(_ name: String, _ pid: Int32) -> [UInt8]? {
    ProcFile.bytes("/proc/\(pid)/net/\(name)", limit: tableLimit)
  }

  /// Whether a line has that mark in its fourth column and one of the sockets in another.
  private static func has(
    _ table: [UInt8], _ sockets: Set<UInt32>, inode: Int, mark: String
  ) -> Bool {
    let mark = Array(mark.utf8)
    return table.split(separator: 10).dropFirst().contains { line in
      let fields = line.split(separator: 32, maxSplits: inode + 1)
      guard fields.count > inode, fields[3].elementsEqual(mark) else { return false }
      let number = fields[inode].reduce(into: UInt32(0)) { $0 = $0 &* 10 &+ UInt32($1 &- 48) }
      return sockets.contains(number)
    }
  }
}
