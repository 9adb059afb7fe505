#if os(Linux)
  /// The open files of a process, from `/proc` (proc(5)): files by path, sockets by number, and
  /// whether one of the sockets accepts connections.
  extension ProcessTable {
    private static let mostDescriptors = 4096
    /// A longer socket table is cut here.
    private static let tableLimit = 8 << 20

    /// The targets of a process's open descriptors; `nil` if they are not visible or too many.
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

    /// Whether a process accepts connections. Also true if we cannot see: a process of another
    /// account, one that hides its descriptors, or one with too many.
    package static func mayAcceptConnections(_ pid: Int32) -> Bool {
      guard let files = openFiles(of: pid) else { return true }
      let sockets = sockets(among: files)
      return !sockets.isEmpty && isAnyListening(sockets, of: pid)
    }

    private static func isAnyListening(_ sockets: Set<UInt32>, of pid: Int32) -> Bool {
      // `Num RefCount Protocol Flags Type St Inode Path`; the flag is __SO_ACCEPTCON.
      guard let unix = table("unix", pid) else { return true }
      if has(unix, sockets, inode: 6, mark: "00010000") { return true }
      // `sl local rem st … inode` in the tenth column; 0A is TCP_LISTEN.
      return ["tcp", "tcp6"].contains { name in
        table(name, pid).map { has($0, sockets, inode: 9, mark: "0A") } ?? false
      }
    }

    private static func table(_ name: String, _ pid: Int32) -> [UInt8]? {
      ProcFile.bytes("/proc/\(pid)/net/\(name)", limit: tableLimit)
    }

    /// Whether a line has that mark in its fourth column and one of the sockets in column `inode`.
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

  /// A running server of ours whose socket was removed, as cleaners of `/tmp` do. It cannot be
  /// reached until it creates the socket again, which tmux does on SIGUSR1. Linux keeps the name of
  /// a bound socket in `/proc/net/unix`, so such a server can be told from one that has ended.
  /// Other systems do not.
  enum LostSocket {
    /// - Parameter path: absolute, exactly as the server bound it.
    /// - Returns: the process that listens on a removed name; `nil` if the name exists or no
    ///   process listens.
    static func server(at path: String) -> Int32? {
      guard LocalSocket.state(path) == .missing,
        let table = ProcFile.text("/proc/net/unix", limit: 8 << 20)
      else { return nil }
      // Num RefCount Protocol Flags Type St Inode Path; the flag means that it accepts connections.
      let inodes = table.split(separator: "\n").compactMap { line -> Substring? in
        let fields = line.split(separator: " ", maxSplits: 7)
        return fields.count == 8 && fields[3] == "00010000" && fields[7] == path ? fields[6] : nil
      }
      guard !inodes.isEmpty else { return nil }
      let wanted = Set(inodes.map { "socket:[\($0)]" })
      return ProcFile.numbers(in: "/proc", limit: 100_000).first { holds($0, wanted) }
    }

    /// Sees only processes of this account.
    private static func holds(_ pid: Int32, _ sockets: Set<String>) -> Bool {
      // In a sandbox the name may be hidden, not removed: a server in another mount
      // namespace sees other files.
      guard ProcFile.link("/proc/self/ns/mnt") == ProcFile.link("/proc/\(pid)/ns/mnt") else {
        return false
      }
      let folder = "/proc/\(pid)/fd"
      // tmux creates its socket early, so it is among the first descriptors.
      return ProcFile.numbers(in: folder, limit: 64).contains { descriptor in
        ProcFile.link("\(folder)/\(descriptor)").map(sockets.contains) ?? false
      }
    }
  }
#endif
