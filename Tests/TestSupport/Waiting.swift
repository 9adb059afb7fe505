internal import Dispatch

/// Polls until there is an answer, for things without an event to wait for.
/// - Parameters:
///   - limit: generous, because the machine may be busy; a test that reaches it has failed anyway.
///   - what: for the report if it does not come.
/// - Returns: the first answer that is not `nil`.
public func eventually<Answer>(
  within limit: Duration = .seconds(60), every pause: Duration = .milliseconds(5),
  _ what: @autoclosure () -> String, _ probe: () async throws -> Answer?
) async throws -> Answer {
  let end = ContinuousClock.now + limit
  while true {
    if let answer = try await probe() { return answer }
    guard ContinuousClock.now < end else { throw Trouble("waited \(limit) for \(what())") }
    try await Task.sleep(for: pause)
  }
}

/// Waits until `probe` returns true.
public func eventually(
  within limit: Duration = .seconds(60), every pause: Duration = .milliseconds(5),
  _ what: @autoclosure () -> String, _ probe: () async throws -> Bool
) async throws {
  _ = try await eventually(within: limit, every: pause, what()) { try await probe() ? true : nil }
}

/// Runs blocking work on another thread than the few that run the tests. Each call has its own
/// queue: the global queues share so few threads that work would wait for other work.
func onOwnThread(_ work: @escaping @Sendable () -> Void) {
  DispatchQueue(label: "blocking").async(execute: work)
}

/// The same, but waits for the result.
func offPool<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value
{
  try await withCheckedThrowingContinuation { continuation in
    onOwnThread { continuation.resume(with: Result(catching: work)) }
  }
}

/// How many tests with their own processes run at once; more would only slow each other down.
actor Gate {
  static let tests = Gate(places: 4)

  private var free: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(places: Int) { free = places }

  func enter() async {
    if free > 0 {
      free -= 1
    } else {
      await withCheckedContinuation { waiting.append($0) }
    }
  }

  func leave() {
    if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
  }
}

/// An error in the test harness itself, with a text for the report.
public struct Trouble: Error, CustomStringConvertible, Sendable {
  public let description: String
  public init(_ description: String) { self.description = description }
}
