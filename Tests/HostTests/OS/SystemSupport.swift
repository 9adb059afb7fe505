import MeshHost
import Testing

/// A directory for one test, mode 0700, removed with this object.
final class Scratch: Sendable {
  let path: String

  init() throws {
    path = "/tmp/am-host-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
    _ = try Directory.open(path, create: true)
  }
  deinit { _ = try? Child.run("rm", ["-rf", "--", path], deadline: .seconds(20)) }

  func directory() throws -> Directory { try Directory.open(path) }
}

/// The error that a call throws; nil when it throws none.
func failure<Result: ~Copyable, Failure: Error>(
  _ body: () throws(Failure) -> Result
) -> Failure? {
  do {
    _ = try body()
    return nil
  } catch {
    return error
  }
}

/// Runs a shell line with an empty stdin.
@discardableResult
func shell(_ line: String, _ arguments: [String] = []) throws -> String {
  let done = try Child.run("sh", ["-c", line, "sh"] + arguments, deadline: .seconds(20))
  return String(decoding: done.out, as: UTF8.self)
}

/// Waits for something that another process does; checks at growing intervals.
func eventually(_ what: () throws -> Bool) async throws -> Bool {
  for attempt in 0..<600 {
    if try what() { return true }
    try await Task.sleep(for: .milliseconds(min(5 + attempt * 2, 100)))
  }
  return false
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
func soon(_ time: Duration = .seconds(60)) -> ContinuousClock.Instant { .now + time }
