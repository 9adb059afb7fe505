internal import CLibrary
internal import Synchronization

/// Starts a process: argument arrays only, signals reset, nothing inherited except 0, 1 and 2.
/// `Child` and `Conversation` are the ways to use it.
enum Spawn {
  /// Descriptors for the child's 0, 1, 2.
  struct Stdio {
    let input: Int32
    let out: Int32
    let err: Int32
  }

  /// - Parameter environment: `nil`: ours.
  /// - Parameter ownSession: the child leads a new session without a terminal.
  static func start(
    _ executable: String, _ arguments: [String], environment: [String: String]?, _ stdio: Stdio,
    ownSession: Bool = false
  ) throws(Errno) -> pid_t {
    SignalSetup.once()
    let pairs = environment?.map { "\($0.key)=\($0.value)" }
    let words = [executable] + arguments
    guard areWhole(words + (pairs ?? [])) else { throw .invalidArgument }
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    for (fd, target) in [(stdio.input, 0), (stdio.out, 1), (stdio.err, 2)] {
      unsafe posix_spawn_file_actions_adddup2(&actions, fd, Int32(target))
    }
    // Locks and pipes of other threads must not stay open in a child: an ssh master lives for minutes.
    unsafe Platform.inheritNothing(&actions)
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    unsafe resetSignals(&attributes, ownSession: ownSession)
    var pid: pid_t = 0
    let code = unsafe withCStrings(words) { argv in
      unsafe withEnvironment(pairs) { envp in
        unsafe posix_spawnp(&pid, executable, &actions, &attributes, argv, envp)
      }
    }
    guard code == 0 else { throw Errno(rawValue: code) }
    return pid
  }

  /// C strings end at the first NUL, so the child would get another argument than the caller meant.
  private static func areWhole(_ words: [String]) -> Bool {
    words.allSatisfy { !$0.utf8.contains(0) }
  }

  private static func resetSignals(
    _ attributes: UnsafeMutablePointer<posix_spawnattr_t>, ownSession: Bool
  ) {
    var defaults = sigset_t()
    unsafe sigemptyset(&defaults)
    unsafe sigaddset(&defaults, SIGPIPE)
    unsafe sigaddset(&defaults, SIGCHLD)
    unsafe posix_spawnattr_setsigdefault(attributes, &defaults)
    var none = sigset_t()
    unsafe sigemptyset(&none)
    unsafe posix_spawnattr_setsigmask(attributes, &none)
    let flags =
      Int32(POSIX_SPAWN_SETSIGDEF) | Int32(POSIX_SPAWN_SETSIGMASK)
      | Platform.spawnFlags(ownSession: ownSession)
    unsafe posix_spawnattr_setflags(attributes, Int16(flags))
  }

  /// - Parameter pairs: nil: our own environment.
  private static func withEnvironment<Result>(
    _ pairs: [String]?, _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    guard let pairs else { return unsafe body(environ) }
    return unsafe withCStrings(pairs, body)
  }

  private static func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    var pointers = unsafe strings.map { unsafe strdup($0) as UnsafeMutablePointer<CChar>? }
    unsafe pointers.append(nil)
    defer { unsafe pointers.forEach { unsafe free($0) } }
    return unsafe body(&pointers)
  }
}

/// The signal settings that a process needs to start others.
enum SignalSetup {
  private static let done: Void = {
    // Writing to a child that does not read must not end us.
    signal(SIGPIPE, SIG_IGN)
    // If our parent ignored SIGCHLD, waitpid would lose the status.
    signal(SIGCHLD, SIG_DFL)
  }()
  static func once() { done }
}

/// A child process. If it goes out of scope before its end was seen, it is killed and reaped.
struct ChildProcess: ~Copyable, Sendable {
  let pid: pid_t
  private(set) var status: Int32?
  /// Whether to wait until the killed process is gone, which takes a third of a millisecond.
  private let isAwaited: Bool

  init(_ pid: pid_t, isAwaited: Bool = true) { (self.pid, self.isAwaited) = (pid, isAwaited) }

  deinit {
    guard status == nil else { return }
    kill(pid, SIGKILL)
    if isAwaited { _ = ChildProcess.wait(pid, 0) } else { Detached.add(pid) }
  }

  /// - Returns: the exit code, 128 + signal, or `nil` while it runs.
  mutating func poll() -> Int32? {
    if status == nil { status = ChildProcess.wait(pid, WNOHANG) }
    return status
  }

  /// Waits for a process that is about to end, because its descriptors are closed.
  mutating func wait(until end: ContinuousClock.Instant) -> Int32? {
    var pauseTime = Duration.microseconds(50)
    while true {
      if let status = poll() { return status }
      guard ContinuousClock.now < end else { return nil }
      Waiting.pause(pauseTime)
      pauseTime = min(pauseTime * 2, .milliseconds(20))
    }
  }

  static func wait(_ pid: pid_t, _ options: Int32) -> Int32? {
    var status: Int32 = 0
    while true {
      let got = unsafe waitpid(pid, &status, options)
      if got == pid {
        return (status & 0x7f) == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
      }
      if got == 0 { return nil }
      // ECHILD: the status was taken elsewhere; the process has ended.
      if errno != EINTR { return 255 }
    }
  }
}

/// Children that nobody waits for. They are reaped when the next one starts; init
/// gets the rest when we end.
enum Detached {
  private static let pids = Mutex<[pid_t]>([])

  static func add(_ pid: pid_t) {
    pids.withLock { pids in
      pids.removeAll { ChildProcess.wait($0, WNOHANG) != nil }
      pids.append(pid)
    }
  }
}
