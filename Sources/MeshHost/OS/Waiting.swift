internal import CLibrary

/// The time of day. For waits and deadlines use `ContinuousClock`.
package enum Clock {
  /// Milliseconds since 1970, UTC.
  package static var now: Int64 { milliseconds(CLOCK_REALTIME) }

  static func milliseconds(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return Int64(time.tv_sec) &* 1000 &+ Int64(time.tv_nsec) / 1_000_000
  }
}

/// Waiting for descriptors, with deadlines.
enum Waiting {
  /// What to wait for; `fd` -1 is ignored. `ready` is an output.
  struct Interest {
    let fd: Int32
    let forWriting: Bool
    var ready = false
    init(_ fd: Int32, forWriting: Bool = false) { (self.fd, self.forWriting) = (fd, forWriting) }
  }

  /// Waits until a descriptor is ready (or closed by the other side), or until the deadline.
  /// - Returns: false if nothing was ready, also after a signal.
  static func poll(
    _ interests: inout [Interest], until end: ContinuousClock.Instant
  ) -> Bool {
    var polls = interests.map {
      pollfd(fd: $0.fd, events: Int16($0.forWriting ? POLLOUT : POLLIN), revents: 0)
    }
    let left = milliseconds(end - ContinuousClock.now)
    let count = unsafe systemPoll(&polls, nfds_t(polls.count), left)
    guard count > 0 else { return false }
    for i in interests.indices { interests[i].ready = polls[i].revents != 0 }
    return true
  }

  /// Rounded up, so that a wait does not end early; at most a minute at a time.
  static func milliseconds(_ left: Duration) -> Int32 {
    guard left > .zero else { return 0 }
    guard left < .seconds(60) else { return 60_000 }
    return Int32(left / .milliseconds(1)) + 1
  }

  /// Sleeps, for waits without a descriptor.
  static func pause(_ time: Duration) {
    let micro = min(max(time / .microseconds(1), 0), 999_999)
    usleep(UInt32(micro))
  }
}

private func systemPoll(
  _ polls: UnsafeMutablePointer<pollfd>, _ count: nfds_t, _ time: Int32
) -> Int32 {
  unsafe poll(polls, count, time)
}

/// Reports changes of files or folders (inotify(7)). On other systems it never reports any, so
/// callers also poll.
struct FileWatch: ~Copyable {
  private let events: Descriptor
  private var watched: Set<String> = []

  init() { events = Platform.changes() }

  /// -1 if there is nothing to wait for.
  var descriptor: Int32 { events.raw }

  /// Watches a file for writes, or a folder for changes of its files.
  mutating func add(_ path: String) {
    guard watched.insert(path).inserted, events.isOpen else { return }
    Platform.watch(path, events.raw)
  }

  /// Discards the events so far.
  borrowing func drain() {
    guard events.isOpen else { return }
    while case .bytes = events.read(atMost: 65536) {}
  }
}
