/// A server of ours whose socket was removed while it lives: cleaners of `/tmp` do that. It can be reached no more
/// until it makes the socket again, which tmux does on SIGUSR1. Linux keeps the name of a bound socket in
/// `/proc/net/unix`, and so tells such a server from one that ended; elsewhere it is not known.
enum LostSocket {
  /// - Parameter path: absolute, as the server bound it.
  /// - Returns: the process that listens at a name that is gone; nil: the name is there, or nobody listens.
  static func server(at path: String) -> Int32? {
    guard LocalSocket.state(path) == .missing,
      let table = ProcFile.text("/proc/net/unix", limit: 8 << 20)
    else { return nil }
    // Num RefCount Protocol Flags Type St Inode Path; the flag says that it accepts connections.
    let inodes = table.split(separator: "\n").compactMap { line -> Substring? in
      let fields = line.split(separator: " ", maxSplits: 7)
      return fields.count == 8 && fields[3] == "00010000" && fields[7] == path ? fields[6] : nil
    }
    guard !inodes.isEmpty else { return nil }
    let wanted = Set(inodes.map { "socket:[\($0)]" })
    return ProcFile.numbers(in: "/proc", limit: 100_000).first { holds($0, wanted) }
  }

  /// Of other accounts' processes nothing can be seen.
  private static func holds(_ pid: Int32, _ sockets: Set<String>) -> Bool {
    // In a sandbox the name may be hidden, not gone: a server in another mount namespace sees another file system.
    guard ProcFile.link("/proc/self/ns/mnt") == ProcFile.link("/proc/\(pid)/ns/mnt") else {
      return false
    }
    let folder = "/proc/\(pid)/fd"
    // tmux makes its socket early: it is among the first descriptors.
    return ProcFile.numbers(in: folder, limit: 64).contains { descriptor in
      ProcFile.link("\(folder)/\(descriptor)").map(sockets.contains) ?? false
    }
  }
}
