/// Whether a process accepts connections: from its open descriptors and the kernel's tables of sockets, which stand
/// in `/proc` as proc(5) describes them.
extension ProcessTable {
  private static let mostDescriptors = 4096
  /// A longer table of sockets is not read to its end.
  private static let tableLimit = 8 << 20

  /// True as well where it cannot be seen: another account's, a process that hides its descriptors, or one with more
  /// of them than are looked at.
  static func mayAcceptConnections(_ pid: Int32) -> Bool {
    guard let sockets = sockets(of: pid) else { return true }
    return !sockets.isEmpty && isAnyListening(sockets, of: pid)
  }

  /// The inodes of the sockets that a process has open; nil: they cannot be seen.
  private static func sockets(of pid: Int32) -> Set<[UInt8]>? {
    guard let directory = try? Directory.open("/proc/\(pid)/fd", requirePrivate: false),
      let names = try? directory.names(limit: mostDescriptors), names.count < mostDescriptors
    else { return nil }
    var found: Set<[UInt8]> = []
    for name in names {
      guard let link = ProcFile.link("/proc/\(pid)/fd/\(name)"), link.hasPrefix("socket:[") else {
        continue
      }
      found.insert(Array(link.utf8.dropFirst("socket:[".utf8.count).dropLast()))
    }
    return found
  }

  private static func isAnyListening(_ sockets: Set<[UInt8]>, of pid: Int32) -> Bool {
    // `Num RefCount Protocol Flags Type St Inode Path`; the flag is __SO_ACCEPTCON.
    guard let unix = table("unix", pid) else { return true }
    if has(unix, sockets, inode: 6, where: 3, is: "00010000") { return true }
    // `sl local rem st … inode` at the tenth place; 0A is TCP_LISTEN.
    return ["tcp", "tcp6"].contains { name in
      table(name, pid).map { has($0, sockets, inode: 9, where: 3, is: "0A") } ?? false
    }
  }

  private static func table(_ name: String, _ pid: Int32) -> [UInt8]? {
    ProcFile.bytes("/proc/\(pid)/net/\(name)", limit: tableLimit)
  }

  /// Whether a line has that mark in one column and one of the inodes in another.
  private static func has(
    _ table: [UInt8], _ inodes: Set<[UInt8]>, inode: Int, where column: Int, is mark: String
  ) -> Bool {
    let mark = Array(mark.utf8)
    return table.split(separator: 10).dropFirst().contains { line in
      let fields = line.split(separator: 32, maxSplits: inode + 1)
      return fields.count > inode && fields[column].elementsEqual(mark)
        && inodes.contains(Array(fields[inode]))
    }
  }
}
