internal import CLibrary
internal import Synchronization

/// Work for a thread of its own: it blocks, or waits for other machines.
protocol Worker: AnyObject, Sendable { func work() }

/// The one place where threads begin.
enum WorkerThread {
  /// The thread keeps its worker until the work is done.
  /// - Returns: the thread, to be joined or detached; nil when the system has none to give.
  static func start(_ worker: any Worker) -> pthread_t? {
    var thread = pthread_t()
    let context = unsafe Unmanaged.passRetained(Box(worker))
    let code = unsafe pthread_create(
      &thread, nil,
      { raw in
        let context: UnsafeMutableRawPointer? = unsafe raw
        guard let context = unsafe context else { return nil }
        unsafe Unmanaged<Box>.fromOpaque(context).takeRetainedValue().worker.work()
        return nil
      }, context.toOpaque())
    if code != 0 { unsafe context.release() }
    return code == 0 ? thread : nil
  }

  private final class Box: Sendable {
    let worker: any Worker
    init(_ worker: any Worker) { self.worker = worker }
  }
}

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

/// Prints a line every few seconds while this process is kept waiting, so that whoever reads knows that it lives.
package final class Heartbeat {
  private var stopper: Descriptor
  private var thread: pthread_t?

  /// - Parameter line: without its line feed.
  package init(_ line: String, every pause: Duration) {
    guard let pipe = try? Pipe() else {
      stopper = Descriptor(-1)
      return
    }
    let end = pipe.read
    stopper = pipe.write
    thread = WorkerThread.start(Beat(line, pause, end))
  }

  /// Nothing is printed once this has returned.
  package func stop() {
    stopper.close()
    if let thread { pthread_join(thread, nil) }
    thread = nil
  }
}

private final class Beat: Worker {
  private let line: String
  private let pause: Duration
  private let end: Descriptor

  init(_ line: String, _ pause: Duration, _ end: consuming Descriptor) {
    (self.line, self.pause) = (line + "\n", pause)
    self.end = end
  }

  func work() {
    while true {
      let next = ContinuousClock.now + pause
      var interests = [Waiting.Interest(end.raw)]
      if Waiting.poll(&interests, until: next) { return }
      if ContinuousClock.now >= next { Standard.write(line) }
    }
  }
}

/// Prints a text on stderr once, unless what it waits for has come before.
package final class DelayedLine {
  private var stopper: Descriptor
  private var thread: pthread_t?
  private let worker: Delay

  package init?(_ text: String, after pause: Duration) {
    guard let pipe = try? Pipe() else { return nil }
    let end = pipe.read
    stopper = pipe.write
    worker = Delay(text, pause, end)
    thread = WorkerThread.start(worker)
  }

  /// Nothing is printed once this has returned.
  /// - Returns: whether it was printed; false the second time.
  package func stop() -> Bool {
    guard let thread else { return false }
    stopper.close()
    pthread_join(thread, nil)
    self.thread = nil
    return worker.printed
  }
}

private final class Delay: Worker {
  private let text: String
  private let pause: Duration
  private let end: Descriptor
  private let done = Mutex(false)
  var printed: Bool { done.withLock { $0 } }

  init(_ text: String, _ pause: Duration, _ end: consuming Descriptor) {
    (self.text, self.pause) = (text, pause)
    self.end = end
  }

  func work() {
    let time = ContinuousClock.now + pause
    var interests = [Waiting.Interest(end.raw)]
    if Waiting.poll(&interests, until: time) { return }
    Standard.write(text, to: .error)
    done.withLock { $0 = true }
  }
}
