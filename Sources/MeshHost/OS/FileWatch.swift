/// Tells when files or folders change (inotify(7)). On other systems it never does, and who waits looks now and then.
struct FileWatch: ~Copyable {
  private let events: Descriptor
  private var watched: Set<String> = []

  init() { events = Platform.changes() }

  /// -1: nothing to wait for.
  var descriptor: Int32 { events.raw }

  /// Written to, or another file in it.
  mutating func add(_ path: String) {
    guard watched.insert(path).inserted, events.isOpen else { return }
    Platform.watch(path, events.raw)
  }

  /// Forgets what has happened so far.
  borrowing func drain() {
    guard events.isOpen else { return }
    while case .bytes = events.read(atMost: 65536) {}
  }
}
