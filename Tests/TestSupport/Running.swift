internal import Synchronization

internal import CLibrary

/// How a program ended, and what it printed.
public struct Ran: Sendable, CustomStringConvertible {
  /// The exit status; 128 + the number if a signal ended it.
  public var status: Int32
  public var out: [UInt8]
  public var err: [UInt8]
  /// From its start until it had ended and closed its output; zero if not measured.
  public var elapsed: Duration = .zero

  /// Its standard output, without the last line end.
  public var text: String { Ran.line(out) }
  /// Its standard error, without the last line end.
  public var errorText: String { Ran.line(err) }
  public var description: String { "status \(status)\nstdout: \(text)\nstderr: \(errorText)" }

  private static func line(_ bytes: [UInt8]) -> String {
    let text = String(decoding: bytes, as: UTF8.self)
    return text.hasSuffix("\n") ? String(text.dropLast()) : text
  }
}

/// A running program in its own process group. Tests can write to it, watch it
/// and kill it at any time.
public final class Running: Sendable {
  private struct State {
    var out: [UInt8] = []
    var err: [UInt8] = []
    var status: Int32?
    var finished = false
    var inputIsOpen = true
    var elapsed = Duration.zero
  }

  public let pid: Int32
  private let child: Spawned
  private let name: String
  private let state = Mutex(State())
  private let began = ContinuousClock.now

  init(_ launch: Launch) throws {
    child = try Spawn.start(launch)
    pid = child.pid
    name = ([launch.program] + launch.arguments).joined(separator: " ")
    onOwnThread { self.pump() }
  }

  /// Writes to its standard input; returns when the program or the pipe has taken everything.
  /// - Returns: false if it no longer reads.
  @discardableResult
  public func send(_ bytes: [UInt8]) async throws -> Bool {
    let open = state.withLock { $0.inputIsOpen }
    guard open else { return false }
    let end = child.input
    return try await offPool { ChildIO.writeAll(bytes, to: end) }
  }

  public func closeInput() {
    let close = state.withLock { state in
      defer { state.inputIsOpen = false }
      return state.inputIsOpen
    }
    if close { ChildIO.closeEnd(child.input) }
  }

  /// Its output so far.
  public var soFar: Ran {
    state.withLock { Ran(status: $0.status ?? -1, out: $0.out, err: $0.err, elapsed: $0.elapsed) }
  }

  /// `nil` while it runs.
  public var status: Int32? { state.withLock(\.status) }

  /// Sends a signal to its whole process group, by default SIGKILL.
  public func kill(_ number: Int32 = 9) {
    let lives = state.withLock { $0.status == nil }
    if lives { CLibrary.kill(-pid, number) }
  }

  /// Waits until it has ended and no process holds its output open, as `$(…)` in a shell does.
  public func finish(within limit: Duration = .seconds(60)) async throws -> Ran {
    closeInput()
    do {
      try await eventually(within: limit, every: .milliseconds(2), name) {
        state.withLock { $0.finished }
      }
    } catch {
      kill()
      throw Trouble("\(error)\n\(soFar)")
    }
    return soFar
  }

  private func pump() {
    var open = [child.out, child.err]
    while !open.isEmpty {
      let pieces = ChildIO.read(open, milliseconds: 50)
      state.withLock { state in
        for (end, bytes) in pieces {
          if end == child.out { state.out += bytes } else { state.err += bytes }
        }
      }
      open.removeAll { pieces[$0]?.isEmpty == true }
      note(ChildIO.reap(pid, wait: false))
    }
    for end in [child.out, child.err] { ChildIO.closeEnd(end) }
    if status == nil { note(ChildIO.reap(pid, wait: true)) }
    let elapsed = ContinuousClock.now - began
    closeInput()
    state.withLock { state in
      state.elapsed = elapsed
      state.finished = true
    }
  }

  private func note(_ status: Int32?) {
    if let status { state.withLock { if $0.status == nil { $0.status = status } } }
  }
}
