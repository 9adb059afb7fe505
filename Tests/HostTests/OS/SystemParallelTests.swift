import Dispatch
import MeshHost
import Synchronization
import TestSupport
import Testing

/// Blocks the thread, as waiting for another machine would.
private func pause(_ milliseconds: Int) {
  _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(milliseconds))
}

/// A few at a time, and a stalled item does not hold up the others.
@Suite struct SystemParallelTests {
  private final class Board: Sendable {
    let state = Mutex((now: 0, most: 0, done: Set<Int>()))

    func run(_ item: Int, _ work: () -> Void) {
      state.withLock { state in
        state.now += 1
        state.most = max(state.most, state.now)
      }
      work()
      state.withLock { state in
        state.now -= 1
        state.done.insert(item)
      }
    }

    /// Blocks until these items are done.
    func wait(for items: Set<Int>) -> Bool {
      wait { state.withLock { $0.done.isSuperset(of: items) } }
    }

    /// Blocks until two items ran at once.
    func waitForCompany() -> Bool { wait { state.withLock { $0.most > 1 } } }

    private func wait(_ isOver: () -> Bool) -> Bool {
      // Less than the patience of the caller.
      let end = ContinuousClock.now + .seconds(15)
      while ContinuousClock.now < end {
        if isOver() { return true }
        pause(2)
      }
      return false
    }
  }

  private static func offThread<Value: Sendable>(
    _ work: @escaping @Sendable () -> Value
  ) async -> Value {
    await withCheckedContinuation { continuation in
      DispatchQueue(label: "parallel").async { continuation.resume(returning: work()) }
    }
  }

  @Test func noMoreThanSoManyAtOnceAndTheAnswersInOrder() async {
    let board = Board()
    let answers = await Self.offThread {
      Parallel.map(Array(0..<20), atMost: 3, patience: .seconds(60)) { item in
        board.run(item) { _ = board.waitForCompany() }
        return item * 2
      }
    }
    #expect(answers == (0..<20).map { $0 * 2 })
    #expect((2...3).contains(board.state.withLock { $0.most }))
  }

  /// Four items wait for all the others, at a width of four: without patience no other item would ever start.
  @Test func thoseThatStallHoldNobodyUp() async {
    let board = Board()
    let others = Set(4..<20)
    let answers = await Self.offThread {
      Parallel.map(Array(0..<20), atMost: 4, patience: .milliseconds(50)) { item -> Bool in
        var isMet = true
        board.run(item) { if item < 4 { isMet = board.wait(for: others) } }
        return isMet
      }
    }
    #expect(answers == Array(repeating: true, count: 20))
  }
}
