internal import ArgumentParser
internal import Mesh
internal import MeshHost

/// `agent-mesh queue`: the messages that wait on this host for a recipient that was not ready.
struct QueueCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "queue",
    abstract: "The messages that wait here for recipients that are not ready.",
    subcommands: [QueueList.self, QueueCancel.self, QueueRetry.self],
    defaultSubcommand: QueueList.self)

  /// The one that an id, or its first 8 characters, means.
  fileprivate static func find(
    _ id: String, in queue: borrowing WaitingQueue
  ) throws -> WaitingMessage {
    guard Setup.isBeginningOfID(id) else {
      throw Failure.usage(
        "an id is 26 characters of a-z and 2-7, or the first 8 of them", try: "agent-mesh queue")
    }
    let waiting = try queue.messages()
    let found = waiting.filter { $0.id.text.hasPrefix(id) }
    if found.count > 1 {
      let ids = found.prefix(8).map { "\n  \($0.id)  \($0.from) → \($0.to)" }.joined()
      throw Failure.usage(
        "\(found.count) messages that wait begin with \(id)" + ids, try: "agent-mesh queue")
    }
    guard let one = found.first else {
      throw Failure(
        .unknown, .noRecord, "no message \(id) waits here",
        try: "notify-pane --status \(id)")
    }
    return one
  }

  fileprivate static func open() throws -> WaitingQueue {
    let site = try Setup.site()
    do { return try WaitingQueue(site) } catch { throw Failure(error) }
  }
}

struct QueueList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "What waits, for whom, since when, why, and until when.")
  @Flag(help: "Print JSON: one object a message.") var json = false

  mutating func run() throws {
    let queue = try QueueCommand.open()
    let waiting = try queue.messages()
    if json { return waiting.forEach { Output.json(QueueLine($0)) } }
    guard !waiting.isEmpty else { return Output.note("nothing waits") }
    let now = Timestamp(milliseconds: Clock.now)
    let rows = waiting.map { message in
      [
        message.id.short, message.to.text, message.from.text, Age.short(message.arrival, now),
        QueueLine.why(message), Age.short(now, message.expires),
      ]
    }
    Output.table([["ID", "TO", "FROM", "AGE", "WAITS: ITS PANE IS", "EXPIRES IN"]] + rows)
  }
}

struct QueueCancel: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cancel", abstract: "End a message that waits; its sender is told.")
  @Argument(help: "Its id, or the first 8 characters.") var id: String

  mutating func run() throws {
    let queue = try QueueCommand.open()
    let message = try QueueCommand.find(id, in: queue)
    let end = try queue.cancel(message)
    guard end == Disposition(.refused, .cancelled) else {
      throw Failure(
        end.outcome.status, end.reason,
        "\(message.id.short) to \(message.to) was \(end.outcome.rawValue) before it could be cancelled"
      )
    }
    Output.line("\(message.id.short) → \(message.to): cancelled; nothing was typed")
  }
}

struct QueueRetry: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retry",
    abstract: "Try what waits for the same pane now, the oldest first.",
    discussion: "Exit status: 0 delivered, 3 it waits on.")
  @Argument(help: "Its id, or the first 8 characters.") var id: String

  mutating func run() throws {
    let queue = try QueueCommand.open()
    let message = try QueueCommand.find(id, in: queue)
    let end = try queue.retry(message)
    let reason = end.reason == .none ? "" : " (\(end.reason.rawValue))"
    if end.outcome == .queued {
      let why = message.state.map { ": its pane is \($0.rawValue)" } ?? ""
      throw Failure(
        .notReady, end.outcome.rawValue,
        "\(message.id.short) to \(message.to) waits on\(why); nothing was typed",
        try: "agent-mesh look \(message.to)")
    }
    Output.line("\(message.id.short) → \(message.to): \(end.outcome.rawValue)\(reason)")
    if !end.outcome.isSuccess { throw Failure.said(end.outcome.status) }
  }
}

/// A waiting message as `--json` prints it.
private struct QueueLine: Encodable {
  let schema = 1
  let id: String
  let from: String
  let to: String
  let queued: String
  let expires: String
  let state: String

  init(_ message: WaitingMessage) {
    (id, from, to) = (message.id.text, message.from.text, message.to.text)
    (queued, expires) = (message.arrival.text, message.expires.text)
    state = QueueLine.why(message)
  }

  static func why(_ message: WaitingMessage) -> String {
    message.isGone ? "gone" : message.state?.rawValue ?? "-"
  }
}
