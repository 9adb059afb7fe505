#if canImport(Glibc)
  internal import Glibc
#endif

/// Tells when files or folders change (inotify(7)). On other systems it never does, and who waits looks now and then.
struct FileWatch: ~Copyable {
  private let events: Descriptor
  private var watched: Set<String> = []

  init() {
    #if canImport(Glibc)
      events = Descriptor(inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK)))
    #else
      events = Descriptor(-1)
    #endif
  }

  /// -1: nothing to wait for.
  var descriptor: Int32 { events.raw }

  /// Written to, or another file in it.
  mutating func add(_ path: String) {
    guard watched.insert(path).inserted, events.isOpen else { return }
    #if canImport(Glibc)
      let mask = UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO)
      _ = unsafe inotify_add_watch(events.raw, path, mask)
    #endif
  }

  /// Forgets what has happened so far.
  borrowing func drain() {
    guard events.isOpen else { return }
    while case .bytes = events.read(atMost: 65536) {}
  }
}
