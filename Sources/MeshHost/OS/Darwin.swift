#if canImport(Darwin)
  internal import CLibrary

  /// Everything that macOS does differently. Written from the manual pages and headers; never
  /// built there.
  enum Platform {
    static var socketStream: Int32 { SOCK_STREAM }
    /// FIONREAD, a macro that Swift does not import.
    static var unreadBytes: UInt { 0x4004_667F }

    /// MAX_CANON: the longest line that a terminal delivers.
    static var lineLimit: Int? { 1024 }

    static func modified(_ status: stat) -> timespec { status.st_mtimespec }
    static func changed(_ status: stat) -> timespec { status.st_ctimespec }

    /// macOS does not tell.
    static func socketTable() -> Descriptor { Descriptor(-1) }

    /// There are no change events; the caller polls instead.
    static func changes() -> Descriptor { Descriptor(-1) }
    static func watch(_ path: String, _ changes: Int32) {}

    /// The process that created the other end of a socket. 0: SOL_LOCAL; 2: LOCAL_PEERPID.
    static func peer(of socket: Int32) -> Int32? {
      var pid: Int32 = 0
      var size = socklen_t(MemoryLayout<Int32>.size)
      guard unsafe getsockopt(socket, 0, 2, &pid, &size) == 0 else { return nil }
      return pid
    }

    static func leaveNoCore() {
      var none = rlimit(rlim_cur: 0, rlim_max: 0)
      unsafe setrlimit(RLIMIT_CORE, &none)
    }

    /// On macOS a pipe grows by itself.
    static func widenPipe(_ fd: Int32) {}

    /// F_PREALLOCATE, in any number of pieces. - Returns: false when the disk is full.
    static func reserve(_ size: Int64, for fd: Int32) -> Bool {
      var wanted = fstore_t(
        fst_flags: UInt32(F_ALLOCATEALL), fst_posmode: F_PEOFPOSMODE, fst_offset: 0,
        fst_length: off_t(size), fst_bytesalloc: 0)
      return size == 0 || unsafe fcntl(fd, F_PREALLOCATE, &wanted) != -1
        || (errno != ENOSPC && errno != EDQUOT)
    }

    static func startWriting(_ fd: Int32, from: Int64, count: Int64) {}

    /// Nothing to do: the flag POSIX_SPAWN_CLOEXEC_DEFAULT closes all other descriptors.
    static func inheritNothing(_ actions: UnsafeMutablePointer<posix_spawn_file_actions_t?>) {}

    static func spawnFlags(ownSession: Bool) -> Int32 {
      Int32(POSIX_SPAWN_CLOEXEC_DEFAULT) | (ownSession ? Int32(POSIX_SPAWN_SETSID) : 0)
    }
  }

  /// Processes from libproc and sysctl(3).
  extension ProcessTable {
    private static func information(of pid: Int32) -> proc_bsdinfo? {
      var facts = proc_bsdinfo()
      let size = Int32(MemoryLayout<proc_bsdinfo>.size)
      guard pid > 0, unsafe proc_pidinfo(pid, PROC_PIDTBSDINFO, 0, &facts, size) == size else {
        return nil
      }
      return facts
    }

    /// `nil` if the process does not exist (any more) or is not visible.
    package static func facts(of pid: Int32) -> ProcessFacts? {
      guard let facts = information(of: pid) else { return nil }
      let noDevice = UInt32.max
      return ProcessFacts(
        pid: pid, parent: Int32(bitPattern: facts.pbi_ppid),
        group: Int32(bitPattern: facts.pbi_pgid), session: getsid(pid),
        terminal: facts.e_tdev == noDevice ? 0 : UInt64(facts.e_tdev),
        foregroundGroup: facts.e_tpgid == 0 ? -1 : Int32(bitPattern: facts.e_tpgid),
        startTime: facts.pbi_start_tvsec &* 1_000_000 &+ facts.pbi_start_tvusec)
    }

    /// When a process started, in seconds since 1970; `nil` if it does not exist.
    static func began(_ pid: Int32) -> Int64? {
      information(of: pid).map { Int64(clamping: $0.pbi_start_tvsec) }
    }

    static var everyone: [Int32] { list { unsafe proc_listallpids($0, $1) } }

    static func children(of pid: Int32) -> [Int32] {
      list { unsafe proc_listchildpids(pid, $0, $1) }
    }

    /// Without a buffer, both calls return how many there are; with one, how many they wrote.
    private static func list(
      _ call: (UnsafeMutableRawPointer?, Int32) -> Int32
    ) -> [Int32] {
      let count = unsafe call(nil, 0)
      guard count > 0 else { return [] }
      var pids = [Int32](repeating: 0, count: Int(count) + 64)
      let size = Int32(pids.count * MemoryLayout<Int32>.size)
      let written = unsafe pids.withUnsafeMutableBytes { unsafe call($0.baseAddress, size) }
      return pids.prefix(max(0, Int(written))).filter { $0 > 0 }
    }

    static func owner(of pid: Int32) -> UInt32? { information(of: pid)?.pbi_uid }

    static func executable(of pid: Int32) -> String? {
      // PROC_PIDPATHINFO_MAXSIZE is four times MAXPATHLEN.
      var buffer = [UInt8](repeating: 0, count: 4 * Int(MAXPATHLEN))
      let count = unsafe proc_pidpath(pid, &buffer, UInt32(buffer.count))
      return count > 0 ? String(decoding: buffer.prefix(Int(count)), as: UTF8.self) : nil
    }

    /// The name that the process gives itself, and its effective account; `nil` if it has ended.
    static func status(of pid: Int32) -> (name: String, uid: UInt32)? {
      guard var facts = information(of: pid), facts.pbi_status != UInt32(SZOMB) else { return nil }
      let name = unsafe withUnsafeBytes(of: &facts.pbi_comm) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      return (name, facts.pbi_uid)
    }

    static func arguments(of pid: Int32) -> [String] {
      (words(of: pid)?.arguments ?? []).prefix(64).map { String(decoding: $0, as: UTF8.self) }
    }

    /// A variable of the environment with which a process was started. - Returns:
    /// `nil` if unset or not visible.
    static func initialValue(of name: String, in pid: Int32) -> String? {
      let head = Array("\(name)=".utf8)
      return words(of: pid)?.environment.first { $0.starts(with: head) }
        .flatMap { String(validating: $0.dropFirst(head.count), as: UTF8.self) }
    }

    /// KERN_PROCARGS2: the number of arguments, the program's path, zeros, then arguments and
    /// environment, each ending with a zero byte.
    private static func words(
      of pid: Int32
    ) -> (arguments: [ArraySlice<UInt8>], environment: [ArraySlice<UInt8>])? {
      var name = [CTL_KERN, KERN_PROCARGS2, pid]
      var size = 1 << 20
      var bytes = [UInt8](repeating: 0, count: size)
      guard unsafe sysctl(&name, 3, &bytes, &size, nil, 0) == 0, size > 4 else { return nil }
      let count = bytes.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
      let path = bytes[4..<size].drop { $0 != 0 }
      let words = path.drop { $0 == 0 }.split(separator: 0, omittingEmptySubsequences: false)
      guard (0...words.count).contains(count) else { return nil }
      return (Array(words.prefix(count)), Array(words.dropFirst(count)))
    }

    /// The path of a terminal, from its device number; `nil` if there is none.
    package static func terminalPath(_ number: UInt64) -> String? {
      var buffer = [CChar](repeating: 0, count: 128)
      let device = dev_t(truncatingIfNeeded: number)
      guard number != 0, unsafe devname_r(device, S_IFCHR, &buffer, Int32(buffer.count)) != nil
      else { return nil }
      let name = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      let path = "/dev/" + String(decoding: name, as: UTF8.self)
      return TerminalDevice.number(of: path) == number ? path : nil
    }

    /// macOS does not tell where they are, so arguments are not overwritten.
    static func ownArgumentArea() -> Range<UInt>? { nil }

    /// Not implemented: open files are unknown, so any process may serve others, and none of those
    /// is attributed to a pane.
    package static func openFiles(of pid: Int32) -> [String]? { nil }
    package static func sockets(among files: [String]) -> Set<UInt32> { [] }
    package static func mayAcceptConnections(_ pid: Int32) -> Bool { true }
  }

  /// The kernel does not keep the names of removed sockets.
  enum LostSocket {
    static func server(at path: String) -> Int32? { nil }
  }
#endif
