import Dispatch
import TestSupport

/// How much slower this machine is than it could be, because others work on it too: so that bounds in seconds can be
/// what they are for the product, also beside a compiler.
enum MeshLoad {
  /// Wall time over processor time of work on every processor; 1 on an idle machine, at most 4.
  static func factor() async -> Double {
    await withCheckedContinuation { continuation in
      DispatchQueue(label: "load").async { continuation.resume(returning: measure()) }
    }
  }

  private static func measure() -> Double {
    let all = max(2, Environment.processors)
    let begin = ContinuousClock.now
    DispatchQueue.concurrentPerform(iterations: all) { _ in spin(for: .milliseconds(150)) }
    let took = begin.duration(to: .now) / .milliseconds(150)
    return min(4, max(1, took * Double(Environment.processors) / Double(all)))
  }

  /// Burns so much of this thread's processor time.
  private static func spin(for time: Duration) {
    let end = Environment.threadTime + time
    while Environment.threadTime < end {}
  }
}
