internal import Synchronization

internal import CLibrary

/// Repeatedly reads the arguments and environments of all processes that start while it runs. Any
/// account of the machine could read the arguments this way.
public final class ProcessWatch: Sendable {
  private struct State {
    var samples = 0
    var seen: Set<[UInt8]> = []
    var stopped = false
  }

  private let state = Mutex(State())
  private let before: Set<Int32>

  public init() {
    before = Set(ProcessWatch.pids())
    onOwnThread { self.run() }
  }

  /// How many times it has read all of them.
  public var samples: Int { state.withLock(\.samples) }

  /// - Returns: every distinct content that it has seen.
  public func stop() -> Set<[UInt8]> {
    state.withLock { state in
      state.stopped = true
      return state.seen
    }
  }

  private static func pids() -> [Int32] { Files.list("/proc").compactMap { Int32($0) } }

  private func run() {
    // The last content of each file: most are unchanged, and comparing is cheap.
    var last: [String: [UInt8]] = [:]
    while !state.withLock(\.stopped) {
      for pid in ProcessWatch.pids() where !before.contains(pid) {
        for name in ["cmdline", "environ"] {
          let path = "/proc/\(pid)/\(name)"
          guard let bytes = ProcessWatch.read(path), !ProcessWatch.same(bytes, last[path]) else {
            continue
          }
          last[path] = bytes
          _ = state.withLock { $0.seen.insert(bytes) }
        }
      }
      state.withLock { $0.samples += 1 }
      // Leave processor time for the others.
      ChildIO.pause(milliseconds: 2)
    }
  }

  /// Like `==`, which is slow in a debug build.
  private static func same(_ left: [UInt8], _ right: [UInt8]?) -> Bool {
    guard let right, left.count == right.count else { return false }
    return unsafe left.isEmpty || memcmp(left, right, left.count) == 0
  }

  private static func read(_ path: String) -> [UInt8]? {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes: [UInt8] = []
    while bytes.count < 1 << 20 {
      guard let piece = ChildIO.readOnce(file), !piece.isEmpty else { break }
      bytes += piece
    }
    return bytes
  }
}
