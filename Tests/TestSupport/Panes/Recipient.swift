#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// A running `test-recipient`, and its records.
public struct Recipient: Sendable {
  /// What happened in it, in order.
  public struct Event: Sendable, Equatable, Decodable {
    public enum Kind: String, Sendable, Decodable {
      case ready, submitted, queued, lost, refused, dialog, answer, completed, line
      case intoDialog = "into-dialog"
    }
    /// Milliseconds of the machine's monotonic clock.
    public var at: Int
    public var kind: Kind
    public var text: String
  }

  public let pane: Pane
  private let record: String
  private let log: String

  /// Starts one in a new window and waits until its screen is drawn.
  /// - Parameters:
  ///   - flags: arguments of `test-recipient`.
  ///   - drawn: text on its screen when it is ready.
  ///   - program: another name for it, if the name matters.
  public static func start(
    in tmux: TmuxServer, window: String = "recipient", session: String = "main",
    _ flags: [String] = [], drawn: String = "? for shortcuts",
    program: String = "test-recipient"
  ) async throws -> Recipient {
    let record = tmux.machine.file("bytes")
    let log = tmux.machine.file("events")
    let line = [program, "--record", record.there, "--submissions", log.there] + flags
    let pane = try await tmux.window(window, line, session: session)
    let recipient = Recipient(pane: pane, record: record.here, log: log.here)
    try await pane.waitFor(drawn)
    return recipient
  }

  /// Every byte that it has read.
  public var bytes: [UInt8] { Files.read(record) ?? [] }

  public var events: [Event] {
    let lines = (Files.read(log) ?? []).split(separator: 0x0A)
    return lines.compactMap { try? JSONDecoder().decode(Event.self, from: Data($0)) }
  }

  /// The texts that became messages.
  public var submissions: [String] { texts(.submitted) }
  public func texts(_ kind: Event.Kind) -> [String] {
    events.filter { $0.kind == kind }.map(\.text)
  }

  /// Waits for this many messages.
  @discardableResult
  public func waitForSubmissions(
    _ count: Int = 1, within limit: Duration = .seconds(60)
  ) async throws -> [String] {
    try await waitFor(.submitted, count, within: limit)
  }

  @discardableResult
  public func waitFor(
    _ kind: Event.Kind, _ count: Int = 1, within limit: Duration = .seconds(60)
  ) async throws -> [String] {
    do {
      return try await eventually(within: limit, "\(count) \(kind.rawValue)") {
        let found = texts(kind)
        return found.count >= count ? found : nil
      }
    } catch { throw Trouble("\(error); events: \(events)\n\(try await pane.capture())") }
  }

  /// Waits until it has read this many bytes in total.
  public func waitForBytes(_ count: Int) async throws {
    try await eventually("\(count) bytes, \(bytes.count) came") { bytes.count >= count }
  }

  /// Makes it show its dialog, and waits for that.
  public func raiseDialog() async throws {
    let before = texts(.dialog).count
    try await signal("USR1")
    try await waitFor(.dialog, before + 1)
  }

  /// Ends whatever it is waiting for: it closes its dialog without an answer, or ends loading, a
  /// turn, or the delay before an echo.
  public func goOn() async throws { try await signal("USR2") }

  private func signal(_ name: String) async throws {
    try await pane.server.machine.must("sh", ["-c", "kill -\(name) \(try await pane.pid())"])
  }
}
