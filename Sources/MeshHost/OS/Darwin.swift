#if canImport(Darwin)
  internal import CLibrary

  /// Everything that macOS does differently, together with `DarwinProcesses.swift`. Written from
  /// the manual pages and headers; never built there.
  enum Platform {
    static var socketStream: Int32 { SOCK_STREAM }

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
#endif
