#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif
internal import Synchronization

/// Work that waits for other machines, a few at a time: a thread each, since the waiting blocks.
public enum Parallel {
  /// Runs `body` for every item, at most `width` at once. The answers come in the order of the items.
  public static func map<Item: Sendable, Answer: Sendable>(
    _ items: [Item], atMost width: Int, _ body: @escaping @Sendable (Item) -> Answer
  ) -> [Answer] {
    let shared = Shared(items, body)
    let helpers = (1..<max(1, min(width, items.count))).compactMap { _ in
      WorkerThread.start(shared)
    }
    shared.work()
    for thread in helpers { pthread_join(thread, nil) }
    return shared.answers()
  }

  private final class Shared<Item: Sendable, Answer: Sendable>: Worker {
    private let items: [Item]
    private let body: @Sendable (Item) -> Answer
    private let state: Mutex<(next: Int, answers: [Answer?])>

    init(_ items: [Item], _ body: @escaping @Sendable (Item) -> Answer) {
      self.items = items
      self.body = body
      state = Mutex((0, Array(repeating: nil, count: items.count)))
    }

    func work() {
      while let index = take() {
        let answer = body(items[index])
        state.withLock { $0.answers[index] = answer }
      }
    }

    private func take() -> Int? {
      state.withLock { state in
        guard state.next < items.count else { return nil }
        state.next += 1
        return state.next - 1
      }
    }

    func answers() -> [Answer] { state.withLock { $0.answers.compactMap { $0 } } }
  }
}
