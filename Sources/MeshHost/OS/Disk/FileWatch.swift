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
