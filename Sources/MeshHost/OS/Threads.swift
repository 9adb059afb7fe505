internal import CLibrary
internal import Synchronization

/// Work that blocks or waits for other machines, so it needs its own thread.
protocol Worker: AnyObject, Sendable { func work() }

/// The only place where threads are started.
enum WorkerThread {
  /// The thread keeps its worker alive until the work is done.
  /// - Returns: the thread, to be joined or detached; `nil` if the system has none left.
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

/// Runs work that waits for other machines, a few items at a time, each in its own thread because
/// waiting blocks.
package enum Parallel {
  /// The maximum number of running items, including those that stall.
  private static let most = 32

  /// Runs `body` for every item, at most `width` at once. The results are
  /// in the order of the items.
  /// - Parameter patience: an item that takes longer no longer counts towards `width`, so that dead
  ///   machines do not delay the live ones; `nil`: it counts until it ends.
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
      /// When each running item began.
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

    /// The number of running items within their patience.
    private func lively(_ state: borrowing State) -> Int {
      guard let patience else { return 0 }
      let now = ContinuousClock.now
      return state.began.values.count { now - $0 < patience }
    }

    /// - Returns: `nil` if no item is left, or enough are running.
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

/// Prints a line every few seconds while this process waits, so that the
/// peer knows that it is alive.
package final class Heartbeat {
  private var stopper: Descriptor
  private var thread: pthread_t?

  /// - Parameter line: without its LF.
  package init(_ line: String, every pause: Duration) {
    guard let pipe = try? Pipe() else {
      stopper = Descriptor(-1)
      return
    }
    let end = pipe.read
    stopper = pipe.write
    thread = WorkerThread.start(Beat(line, pause, end))
  }

  /// After this returns, nothing more is printed.
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

/// Prints a text on stderr once, unless it is stopped before its time.
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

  /// After this returns, nothing more is printed.
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
