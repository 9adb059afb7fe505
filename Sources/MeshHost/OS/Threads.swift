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
    guard items.count > 1 else { return items.map(body) }
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

/// Prints a text after a while, unless it is stopped before: once, or again and again.
package final class TimedText {
  private var stopper = Descriptor(-1)
  private var thread: pthread_t?
  private var printer: Printer?

  /// - Parameter repeats: print it at each end of that time.
  package init(
    _ text: String, to stream: Standard.Stream, after pause: Duration, repeats: Bool = false
  ) {
    guard let pipe = try? Pipe() else { return }
    let end = pipe.read
    stopper = pipe.write
    let printer = Printer(text, stream, pause, repeats, end)
    self.printer = printer
    thread = WorkerThread.start(printer)
  }

  /// After this returns, nothing more is printed.
  /// - Returns: whether it was printed; false the second time.
  @discardableResult
  package func stop() -> Bool {
    guard let thread else { return false }
    stopper.close()
    pthread_join(thread, nil)
    self.thread = nil
    return printer?.hasPrinted ?? false
  }
}

private final class Printer: Worker {
  private let text: String
  private let stream: Standard.Stream
  private let pause: Duration
  private let repeats: Bool
  private let end: Descriptor
  private let done = Mutex(false)
  var hasPrinted: Bool { done.withLock { $0 } }

  init(
    _ text: String, _ stream: Standard.Stream, _ pause: Duration, _ repeats: Bool,
    _ end: consuming Descriptor
  ) {
    (self.text, self.stream, self.pause, self.repeats) = (text, stream, pause, repeats)
    self.end = end
  }

  func work() {
    repeat {
      let next = ContinuousClock.now + pause
      while ContinuousClock.now < next {
        var interests = [Waiting.Interest(end.raw)]
        if Waiting.poll(&interests, until: next) { return }
      }
      Standard.write(text, to: stream)
      done.withLock { $0 = true }
    } while repeats
  }
}
