import Dispatch
import TestSupport

/// How much slower this machine is at the moment because other programs use it. Tests multiply the product's
/// time limits by it, so that they hold beside a compiler too.
enum MeshLoad {
  /// Wall time divided by processor time for work on every processor; 1 on an idle machine, at most 4.
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

  /// Uses `time` of this thread's processor time.
  private static func spin(for time: Duration) {
    let end = Environment.threadTime + time
    while Environment.threadTime < end {}
  }
}
