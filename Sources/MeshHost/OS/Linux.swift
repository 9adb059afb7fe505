#if os(Linux)
  internal import CLibrary

  /// Everything that Linux does differently, together with `LinuxProcesses.swift`. Swift does not
  /// import calls that need _GNU_SOURCE; they are declared below, with their numbers.
  enum Platform {
    static var socketStream: Int32 { Int32(SOCK_STREAM.rawValue) }
    /// The request that says how many bytes wait to be read.
    static var unreadBytes: UInt { UInt(FIONREAD) }

    /// The longest line that a terminal delivers, in bytes, if that is less than 4,095.
    static var lineLimit: Int? { nil }

    static func modified(_ status: stat) -> timespec { status.st_mtim }
    static func changed(_ status: stat) -> timespec { status.st_ctim }

    /// A socket to ask the kernel for its unix sockets: sock_diag(7). 4: NETLINK_SOCK_DIAG.
    static func socketTable() -> Descriptor {
      Descriptor(socket(AF_NETLINK, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 4))
    }

    /// A descriptor for inotify(7).
    static func changes() -> Descriptor {
      Descriptor(inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK)))
    }

    static func watch(_ path: String, _ changes: Int32) {
      let mask = UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO)
      _ = unsafe inotify_add_watch(changes, path, mask)
    }

    /// The process that created the other end of a socket, as the kernel
    /// recorded it; `nil` if unknown.
    static func peer(of socket: Int32) -> Int32? {
      // `struct ucred` needs _GNU_SOURCE and is not imported: pid, uid, gid.
      var numbers: [Int32] = [0, 0, 0]
      var size = socklen_t(MemoryLayout<Int32>.size * numbers.count)
      guard unsafe getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &numbers, &size) == 0 else {
        return nil
      }
      return numbers[0]
    }

    /// No core file, and no ptrace by other programs of this account.
    static func leaveNoCore() {
      var none = rlimit(rlim_cur: 0, rlim_max: 0)
      unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
      // The limit alone does not stop a core that is piped to a program. 4: PR_SET_DUMPABLE.
      _ = processControl(4, 0, 0, 0, 0)
    }

    /// Enlarges a pipe to a megabyte, if possible. 1031: F_SETPIPE_SZ.
    static func widenPipe(_ fd: Int32) { _ = fcntl(fd, 1031, 1 << 20) }

    /// Allocates the blocks of a file. - Returns: false when the disk is full.
    static func reserve(_ size: Int64, for fd: Int32) -> Bool {
      size == 0 || reserveBlocks(fd, 0, 0, off_t(size)) == 0
        || (errno != ENOSPC && errno != EDQUOT)
    }

    /// Starts writing bytes to the disk, without waiting. 2: SYNC_FILE_RANGE_WRITE.
    static func startWriting(_ fd: Int32, from: Int64, count: Int64) {
      _ = writeRange(fd, off_t(from), off_t(count), 2)
    }

    /// A child inherits only 0, 1 and 2.
    static func inheritNothing(_ actions: UnsafeMutablePointer<posix_spawn_file_actions_t>) {
      _ = unsafe addCloseFrom(actions, 3)
    }

    /// 0x80: POSIX_SPAWN_SETSID.
    static func spawnFlags(ownSession: Bool) -> Int32 { ownSession ? 0x80 : 0 }
  }

  @_silgen_name("prctl")
  private func processControl(
    _ option: Int32, _ first: UInt, _ second: UInt, _ third: UInt, _ fourth: UInt
  ) -> Int32

  @_silgen_name("fallocate")
  private func reserveBlocks(_ fd: Int32, _ mode: Int32, _ from: off_t, _ count: off_t) -> Int32

  @_silgen_name("sync_file_range")
  private func writeRange(_ fd: Int32, _ from: off_t, _ count: off_t, _ flags: UInt32) -> Int32

  /// glibc 2.34 and later.
  @_silgen_name("posix_spawn_file_actions_addclosefrom_np")
  private func addCloseFrom(
    _ actions: UnsafeMutablePointer<posix_spawn_file_actions_t>, _ from: Int32
  ) -> Int32
#endif
