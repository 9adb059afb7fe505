internal import Synchronization

internal import CLibrary

/// A program to start. Everything is explicit; only the working directory is inherited.
struct Launch: Sendable {
  /// An absolute path.
  var program: String
  var arguments: [String] = []
  var environment: [String: String] = [:]

  /// The same in another directory: a shell changes there and becomes the program, because Glibc
  /// does not show Swift how to set a child's directory.
  func starting(in directory: String?) -> Launch {
    guard let directory else { return self }
    let line = ["-c", "cd \"$0\" && exec \"$@\"", directory, program]
    return Launch(program: "/bin/sh", arguments: line + arguments, environment: environment)
  }
}

/// Our ends of a child's three pipes, and its pid, which is also its process group.
struct Spawned: Sendable {
  var pid: Int32
  var input: Int32
  var out: Int32
  var err: Int32
}

/// The only place in the test harness that calls `posix_spawn`.
enum Spawn {
  /// Pipes are made and marked close-on-exec under this lock; otherwise children of other tests
  /// could inherit them.
  private static let door = Mutex(())

  /// Runs work while no child is being started: a program file cannot be run as long as a child
  /// holds an inherited descriptor that writes to it.
  static func withoutStarting<Result: Sendable>(_ work: () throws -> Result) rethrows -> Result {
    try door.withLock { _ in try work() }
  }

  static func start(_ launch: Launch) throws -> Spawned {
    signal(SIGPIPE, SIG_IGN)
    return try door.withLock { _ in
      let input = try pipeEnds()
      let out = try pipeEnds()
      let err = try pipeEnds()
      defer { for end in [input.read, out.write, err.write] { close(end) } }
      do {
        let pid = try spawn(launch, input.read, out.write, err.write)
        return Spawned(pid: pid, input: input.write, out: out.read, err: err.read)
      } catch {
        for end in [input.write, out.read, err.read] { close(end) }
        throw error
      }
    }
  }

  private static func pipeEnds() throws -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else { throw Trouble("pipe: \(errno)") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  private static func spawn(
    _ launch: Launch, _ input: Int32, _ out: Int32, _ err: Int32
  ) throws -> Int32 {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    for (number, end) in [input, out, err].enumerated() {
      unsafe posix_spawn_file_actions_adddup2(&actions, end, Int32(number))
    }
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var defaults = sigset_t()
    unsafe sigemptyset(&defaults)
    unsafe sigaddset(&defaults, SIGPIPE)
    unsafe posix_spawnattr_setsigdefault(&attributes, &defaults)
    unsafe posix_spawnattr_setpgroup(&attributes, 0)
    // The threads that run tests block signals, and a child would inherit that.
    var none = sigset_t()
    unsafe sigemptyset(&none)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    let flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK
    unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
    let words = [launch.program] + launch.arguments
    let settings = launch.environment.map { "\($0)=\($1)" }
    var pid: pid_t = 0
    let code = unsafe withCStrings(words) { argv in
      unsafe withCStrings(settings) { environment in
        unsafe posix_spawn(&pid, launch.program, &actions, &attributes, argv, environment)
      }
    }
    guard code == 0 else { throw Trouble("cannot start \(launch.program): \(code)") }
    return pid
  }

  private static func withCStrings<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    var copies = unsafe texts.map { unsafe strdup($0) as UnsafeMutablePointer<CChar>? }
    unsafe copies.append(nil)
    defer { unsafe copies.forEach { unsafe free($0) } }
    return unsafe copies.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { preconditionFailure("never empty") }
      return unsafe body(start)
    }
  }
}

/// Reads, writes and waits for children.
enum ChildIO {
  /// - Returns: `nil` if nothing came within `milliseconds`; empty at the end.
  static func read(_ ends: [Int32], milliseconds: Int32) -> [Int32: [UInt8]] {
    var polls = ends.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    guard unsafe poll(&polls, nfds_t(polls.count), milliseconds) > 0 else { return [:] }
    var pieces: [Int32: [UInt8]] = [:]
    for ready in polls where ready.revents != 0 {
      pieces[ready.fd] = unsafe [UInt8](unsafeUninitializedCapacity: 65536) { buffer, count in
        count = unsafe max(0, CLibrary.read(ready.fd, buffer.baseAddress, 65536))
      }
    }
    return pieces
  }

  /// One read. - Returns: `nil` if it failed; empty at the end.
  static func readOnce(_ end: Int32) -> [UInt8]? {
    var failed = false
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 65536) { buffer, count in
      let got = unsafe CLibrary.read(end, buffer.baseAddress, 65536)
      failed = got < 0
      count = max(0, got)
    }
    return failed ? nil : bytes
  }

  /// - Returns: whether everything was written.
  static func writeAll(_ bytes: [UInt8], to end: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { unsafe write(end, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  /// A short pause, for things that end soon.
  static func pause(milliseconds: Int32) { _ = poll(nil, 0, milliseconds) }

  static func closeEnd(_ end: Int32) { close(end) }

  /// - Returns: the exit status, or 128 + signal; `nil` while it runs and `wait` is false.
  static func reap(_ pid: Int32, wait: Bool) -> Int32? {
    var status: Int32 = 0
    while true {
      let got = unsafe waitpid(pid, &status, wait ? 0 : WNOHANG)
      if got == pid { return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f) }
      if got == 0 { return nil }
      guard errno == EINTR else { return -1 }
    }
  }
}
