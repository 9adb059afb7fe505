#if os(Linux)
  internal import CLibrary

  /// Processes from `/proc` (proc(5)).
  extension ProcessTable {
    /// `nil` if the process does not exist (any more).
    package static func facts(of pid: Int32) -> ProcessFacts? {
      guard pid > 0, let fields = statFields(of: "\(pid)"), fields.count > 19,
        let parent = Int32(exactly: fields[1]), let group = Int32(exactly: fields[2]),
        let session = Int32(exactly: fields[3]), let terminal = Int32(exactly: fields[4]),
        let foreground = Int32(exactly: fields[5])
      else { return nil }
      return ProcessFacts(
        pid: pid, parent: parent, group: group, session: session,
        terminal: UInt64(UInt32(bitPattern: terminal)), foregroundGroup: foreground,
        startTime: UInt64(bitPattern: fields[19]))
    }

    /// When a process started, in seconds since 1970 by the present clock;
    /// `nil` if it does not exist.
    static func began(_ pid: Int32) -> Int64? {
      guard let facts = facts(of: pid) else { return nil }
      let ticks = UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))
      let boot = Clock.now - Clock.milliseconds(CLOCK_BOOTTIME)
      return boot / 1000 + Int64(clamping: facts.startTime / ticks)
    }

    /// All processes.
    static var everyone: [Int32] { ProcFile.numbers(in: "/proc", limit: 65536) }

    /// The effective account of a process; `nil` if it has ended.
    static func owner(of pid: Int32) -> UInt32? {
      (try? FileStatus.ofPath("/proc/\(pid)", followLinks: false))?.owner
    }

    /// The path of a process's program, with ` (deleted)` at the end if it was
    /// replaced; `nil` if not visible.
    static func executable(of pid: Int32) -> String? { ProcFile.link("/proc/\(pid)/exe") }

    /// The name that the process gives itself, and its effective account; `nil` if it has ended.
    static func status(of pid: Int32) -> (name: String, uid: UInt32)? {
      guard let status = ProcFile.text("/proc/\(pid)/status", limit: 8192),
        // A zombie counts as ended, though its pid still exists.
        field("State", of: status)?.first != "Z"
      else { return nil }
      let ids = field("Uid", of: status)?.split(separator: "\t") ?? []
      guard ids.count > 1, let uid = UInt32(ids[1]) else { return nil }
      return (field("Name", of: status) ?? "", uid)
    }

    /// The first arguments with which the process was started; it may have overwritten them.
    static func arguments(of pid: Int32) -> [String] {
      let bytes = ProcFile.bytes("/proc/\(pid)/cmdline", limit: 16384) ?? []
      return bytes.split(separator: 0, maxSplits: 63, omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
    }

    private static func field(_ name: String, of status: String) -> String? {
      let head = Array("\(name):\t".utf8)
      for line in status.utf8.split(separator: UInt8(ascii: "\n")) where line.starts(with: head) {
        return String(line.dropFirst(head.count))
      }
      return nil
    }

    /// The path of a terminal, from its device number: `/dev/pts/7`; `nil` if it
    /// is not a pseudo terminal.
    package static func terminalPath(_ number: UInt64) -> String? {
      // 136 is UNIX98_PTY_SLAVE_MAJOR. The upper bits of the minor number
      // are above the major number.
      guard number >> 8 & 0xfff == 136 else { return nil }
      let path = "/dev/pts/\(number & 0xff | number >> 12 & 0xfff00)"
      return TerminalDevice.number(of: path) == number ? path : nil
    }

    /// Each thread has its own list of the children that it started.
    static func children(of pid: Int32) -> [Int32] {
      ProcFile.numbers(in: "/proc/\(pid)/task", limit: 128).flatMap { thread in
        let text = ProcFile.text("/proc/\(pid)/task/\(thread)/children", limit: 65536) ?? ""
        return text.split(separator: " ").compactMap { Int32($0) }
      }
    }

    /// A variable of the environment with which a process was started; it may have overwritten it.
    /// - Returns: `nil` if unset or not visible.
    static func initialValue(of name: String, in pid: Int32) -> String? {
      let head = Array("\(name)=".utf8)
      let settings = ProcFile.bytes("/proc/\(pid)/environ", limit: 1 << 20) ?? []
      return settings.split(separator: 0).first { $0.starts(with: head) }
        .flatMap { String(validating: $0.dropFirst(head.count), as: UTF8.self) }
    }

    /// Address range of argv, from /proc/self/stat fields 48–49.
    static func ownArgumentArea() -> Range<UInt>? {
      guard let fields = statFields(of: "self"), fields.count > 46,
        let start = UInt(exactly: fields[45]), let end = UInt(exactly: fields[46]), start > 0,
        start < end
      else { return nil }
      return start..<end
    }

    /// The numbers after the command's name, from `state` on, which is a letter and counts as 0. The name may
    /// contain blanks and `)`, so search for the last `)`.
    private static func statFields(of process: String) -> [Int64]? {
      guard let bytes = ProcFile.bytes("/proc/\(process)/stat", limit: 4096),
        let end = bytes.lastIndex(of: UInt8(ascii: ")"))
      else { return nil }
      return bytes[(end + 1)...].split(separator: UInt8(ascii: " ")).map { field in
        let digits = field.drop { $0 == UInt8(ascii: "-") }.prefix { (0x30...0x39).contains($0) }
        let number = digits.reduce(into: Int64(0)) { $0 = $0 &* 10 &+ Int64($1 - 0x30) }
        return field.first == UInt8(ascii: "-") ? 0 &- number : number
      }
    }
  }

  /// Small files of `/proc`.
  enum ProcFile {
    static func bytes(_ path: String, limit: Int) -> [UInt8]? {
      let file = Descriptor(unsafe open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC))
      guard file.isOpen else { return nil }
      var bytes: [UInt8] = []
      while bytes.count < limit {
        guard case .bytes(let piece) = file.read(atMost: min(4096, limit - bytes.count)) else {
          break
        }
        bytes += piece
      }
      return bytes
    }

    static func text(_ path: String, limit: Int) -> String? {
      bytes(path, limit: limit).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The names in a directory that are numbers.
    static func numbers(in path: String, limit: Int) -> [Int32] {
      guard let directory = try? Directory.open(path, requirePrivate: false),
        let names = try? directory.names(limit: limit)
      else { return [] }
      return names.compactMap { Int32($0) }
    }

    /// The target of a link in `/proc`; it may no longer exist.
    static func link(_ path: String) -> String? {
      var buffer = [CChar](repeating: 0, count: 4096)
      let count = unsafe readlink(path, &buffer, buffer.count)
      guard (1...buffer.count).contains(count) else { return nil }
      return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }

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
