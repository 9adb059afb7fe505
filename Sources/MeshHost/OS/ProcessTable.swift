internal import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// What the kernel says of a process: nothing in it can be chosen by the process but what it started.
package struct ProcessFacts: Equatable, Sendable {
  package let pid: Int32
  package let parent: Int32
  package let group: Int32
  package let session: Int32
  /// The controlling terminal's device number, comparable with `TerminalDevice.number`; 0: none.
  package let terminal: UInt64
  /// The foreground process group of that terminal; -1: none.
  package let foregroundGroup: Int32
  /// Clock ticks after boot: with the pid, it names a process for ever.
  package let startTime: UInt64
}

/// Processes, from `/proc`. Of an environment one variable at a time is looked at. On other systems: nothing is known.
package enum ProcessTable {
  package static var own: Int32 { getpid() }

  /// nil: no such process (any more).
  package static func facts(of pid: Int32) -> ProcessFacts? {
    guard pid > 0, let fields = statFields(of: "\(pid)"), fields.count > 19 else { return nil }
    guard let parent = Int32(fields[1]), let group = Int32(fields[2]),
      let session = Int32(fields[3]), let terminal = Int32(fields[4]),
      let foreground = Int32(fields[5]), let start = UInt64(fields[19])
    else { return nil }
    return ProcessFacts(
      pid: pid, parent: parent, group: group, session: session,
      terminal: UInt64(UInt32(bitPattern: terminal)), foregroundGroup: foreground,
      startTime: start)
  }

  /// When a process began, in seconds since 1970, as the clock stands now. nil: no such process, or not known here.
  static func began(_ pid: Int32) -> Int64? {
    #if canImport(Glibc)
      guard let facts = facts(of: pid) else { return nil }
      let ticks = UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))
      return Clock.boot / 1000 + Int64(clamping: facts.startTime / ticks)
    #else
      return nil
    #endif
  }

  /// The process itself, its parent, and so on; init is not among them.
  package static func ancestry(of pid: Int32, limit: Int = 256) -> [ProcessFacts] {
    var line: [ProcessFacts] = []
    var next = pid
    while next > 1, line.count < limit, let facts = facts(of: next) {
      line.append(facts)
      next = facts.parent
    }
    return line
  }

  /// The path of a terminal's device number: `/dev/pts/7`. nil: none, or not a pseudo terminal.
  package static func terminalPath(_ number: UInt64) -> String? {
    // 136 is UNIX98_PTY_SLAVE_MAJOR; the minor's upper bits stand above the major's.
    guard number >> 8 & 0xfff == 136 else { return nil }
    let path = "/dev/pts/\(number & 0xff | number >> 12 & 0xfff00)"
    return TerminalDevice.number(of: path) == number ? path : nil
  }

  /// Processes below `root`, itself included, at most `limit`.
  static func descendants(of root: Int32, limit: Int) -> [Int32] {
    var found = [root]
    var next = 0
    while next < found.count, found.count < limit {
      found += children(of: found[next]).prefix(limit - found.count)
      next += 1
    }
    return found
  }

  /// Any thread of a process may have started a child, and the child stands in that thread's list.
  private static func children(of pid: Int32) -> [Int32] {
    ProcFile.numbers(in: "/proc/\(pid)/task", limit: 128).flatMap { thread in
      let text = ProcFile.text("/proc/\(pid)/task/\(thread)/children", limit: 65536) ?? ""
      return text.split(separator: " ").compactMap { Int32($0) }
    }
  }

  /// The processes of this account that have no controlling terminal.
  static func withoutTerminal() -> [Int32] {
    ProcFile.numbers(in: "/proc", limit: 65536).filter { pid in
      (try? FileStatus.ofPath("/proc/\(pid)", followLinks: false))?.owner == FileStatus.ourselves
        && facts(of: pid)?.terminal == 0
    }
  }

  /// A variable of the environment that a process was started with; it may have overwritten it.
  /// - Returns: nil: not set, or not to be seen.
  static func initialValue(of name: String, in pid: Int32) -> String? {
    let head = Array("\(name)=".utf8)
    let settings = ProcFile.bytes("/proc/\(pid)/environ", limit: 1 << 20) ?? []
    return settings.split(separator: 0).first { $0.starts(with: head) }
      .flatMap { String(validating: $0.dropFirst(head.count), as: UTF8.self) }
  }

  /// Where our argument strings lie.
  static func ownArgumentArea() -> Range<UInt>? {
    guard let fields = statFields(of: "self"), fields.count > 46,
      let start = UInt(fields[45]), let end = UInt(fields[46]), start > 0, start < end
    else { return nil }
    return start..<end
  }

  /// The fields behind the command's name, from `state` on. The name may hold blanks and `)`: the last one counts.
  private static func statFields(of process: String) -> [Substring]? {
    guard let text = ProcFile.text("/proc/\(process)/stat", limit: 4096),
      let end = text.utf8.lastIndex(of: UInt8(ascii: ")"))
    else { return nil }
    return text[text.utf8.index(after: end)...].utf8.split(separator: UInt8(ascii: " "))
      .map(Substring.init)
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

  /// Where a link of `/proc` leads; what is behind it may be gone.
  static func link(_ path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = unsafe readlink(path, &buffer, buffer.count)
    guard (1...buffer.count).contains(count) else { return nil }
    return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
