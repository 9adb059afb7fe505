#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif
internal import Synchronization

/// Work that waits for other machines, a few at a time: a thread each, since the waiting blocks.
package enum Parallel {
  /// Most that are under way at once, those that stall included.
  private static let most = 32

  /// Runs `body` for every item, at most `width` at once. The answers come in the order of the items.
  /// - Parameter patience: what takes longer no longer counts among the `width`, so that whoever waits for a dead
  ///   machine keeps nobody from the live ones; nil: it counts to its end.
  package static func map<Item: Sendable, Answer: Sendable>(
    _ items: [Item], atMost width: Int, patience: Duration? = nil,
    _ body: @escaping @Sendable (Item) -> Answer
  ) -> [Answer] {
    let shared = Shared(items, width: max(1, width), patience, body)
    var helpers = (1..<max(1, min(width, items.count))).compactMap { _ in
      WorkerThread.start(shared)
    }
    if patience == nil {
      shared.work()
    } else {
      if let first = WorkerThread.start(shared) { helpers.append(first) }
      while !helpers.isEmpty, helpers.count < most, shared.hasMore {
        Waiting.pause(.milliseconds(20))
        guard shared.wantsHelp else { continue }
        if let one = WorkerThread.start(shared) { helpers.append(one) }
      }
      if helpers.isEmpty { shared.work() }
    }
    for thread in helpers { pthread_join(thread, nil) }
    return shared.answers()
  }

  private final class Shared<Item: Sendable, Answer: Sendable>: Worker {
    private struct State {
      var next = 0
      var answers: [Answer?]
      /// When the items began that are under way.
      var began: [Int: ContinuousClock.Instant] = [:]
    }

    private let items: [Item]
    private let width: Int
    private let patience: Duration?
    private let body: @Sendable (Item) -> Answer
    private let state: Mutex<State>

    init(
      _ items: [Item], width: Int, _ patience: Duration?,
      _ body: @escaping @Sendable (Item) -> Answer
    ) {
      self.items = items
      self.width = width
      self.patience = patience
      self.body = body
      state = Mutex(State(answers: Array(repeating: nil, count: items.count)))
    }

    func work() {
      while let index = take() {
        let answer = body(items[index])
        state.withLock { state in
          state.answers[index] = answer
          state.began[index] = nil
        }
      }
    }

    var hasMore: Bool { state.withLock { $0.next < items.count } }
    var wantsHelp: Bool { state.withLock { $0.next < items.count && lively($0) < width } }

    /// How many are under way that are not given up waiting for.
    private func lively(_ state: borrowing State) -> Int {
      guard let patience else { return 0 }
      let now = ContinuousClock.now
      return state.began.values.count { now - $0 < patience }
    }

    /// - Returns: nil when nothing is left, or others are enough.
    private func take() -> Int? {
      state.withLock { state in
        guard state.next < items.count, lively(state) < width else { return nil }
        state.began[state.next] = .now
        state.next += 1
        return state.next - 1
      }
    }

    func answers() -> [Answer] { state.withLock { $0.answers.compactMap { $0 } } }
  }
}
