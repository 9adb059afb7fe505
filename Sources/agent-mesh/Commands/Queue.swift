internal import ArgumentParser
internal import Mesh
internal import MeshHost

/// `agent-mesh queue`: messages that wait on this host, because the recipient was not ready or its host
/// did not answer.
struct QueueCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "queue",
    abstract: "The messages that wait here for recipients that are not ready.",
    subcommands: [QueueList.self, QueueCancel.self, QueueRetry.self],
    defaultSubcommand: QueueList.self)

  /// The message with this id, or with an id that begins so.
  fileprivate static func find(
    _ id: String, in queue: borrowing WaitingQueue
  ) throws -> WaitingMessage {
    guard Named.isBeginningOfID(id) else {
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
        .usage, .noRecord, "no message \(id) waits here", try: "notify-pane --status \(id)")
    }
    return one
  }

  fileprivate static func open() throws -> WaitingQueue {
    let site = try Own.site()
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
    if json { return waiting.forEach { Output.json($0.object) } }
    guard !waiting.isEmpty else { return Output.note("nothing waits") }
    let now = Timestamp(milliseconds: Clock.now)
    let rows = waiting.map { message in
      [
        message.id.short, message.to.text, message.from.text, Age.short(message.arrival, now),
        message.why, Age.short(now, message.expires),
      ]
    }
    Output.table([["ID", "TO", "FROM", "AGE", "PANE STATE", "EXPIRES IN"]] + rows)
  }
}

struct QueueCancel: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cancel", abstract: "End a message that waits; its sender is told.")
  @Argument(help: "Its id, or the first 8 characters.", completion: Completion.waiting)
  var id: String
  @Flag(help: "Print JSON.") var json = false

  mutating func run() throws {
    let queue = try QueueCommand.open()
    let message = try QueueCommand.find(id, in: queue)
    let end = try queue.cancel(message)
    guard end == Disposition(.refused, .cancelled) else {
      let what =
        if end == Disposition(.unknown, .cancelled) {
          "is cancelled; a try of it broke off, so that it may have been typed"
        } else if end.outcome == .queued {
          "is being sent just now"
        } else { "was \(end.outcome.rawValue) before it could be cancelled" }
      throw Failure(
        end.outcome.isSuccess ? .failed : end.outcome.status, end.reason,
        "\(message.id.short) to \(message.to) \(what)", try: "notify-pane --status \(message.id)")
    }
    Output.say(
      "\(message.id.short) → \(message.to): cancelled; nothing was typed", message.object(end),
      json: json)
  }
}

struct QueueRetry: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retry",
    abstract: "Try what waits for the same pane or host now, the oldest first.",
    discussion: "Exit status: 0 it left this queue, 3 it still waits.")
  @Argument(help: "Its id, or the first 8 characters.", completion: Completion.waiting)
  var id: String
  @Flag(help: "Print JSON.") var json = false

  mutating func run() throws {
    let queue = try QueueCommand.open()
    let message = try QueueCommand.find(id, in: queue)
    let end = try queue.retry(message)
    let reason = end.reason == .none ? "" : " (\(end.reason.rawValue))"
    if let failure = try QueueRetry.waitsOn(message, end, queue) { throw failure }
    Output.say(
      "\(message.id.short) → \(message.to): \(end.outcome.rawValue)\(reason)",
      message.object(end), json: json)
    if !end.outcome.isSuccess { throw Failure.said(end.outcome.status) }
  }
}

extension QueueRetry {
  /// `nil` if the message no longer waits here.
  fileprivate static func waitsOn(
    _ message: WaitingMessage, _ end: Disposition, _ queue: borrowing WaitingQueue
  ) throws -> Failure? {
    guard end.outcome == .queued else { return nil }
    if let host = message.silentHost {
      // After its host took it, it may wait there, which is not this queue.
      guard try queue.messages().contains(where: { $0.id == message.id }) else { return nil }
      return Failure(
        .notReady, end.outcome.rawValue,
        "\(message.id.short) to \(message.to) still waits: \(host) does not answer; nothing was typed",
        try: "agent-mesh ping \(host)")
    }
    let why = message.state.map { ": \($0.ofPane)" } ?? ""
    return Failure(
      .notReady, end.outcome.rawValue,
      "\(message.id.short) to \(message.to) still waits\(why); nothing was typed",
      try: "agent-mesh look \(message.to)")
  }
}

extension PaneState {
  /// What a pane in this state is, for the sentence of a message that waits for it.
  fileprivate var ofPane: String {
    switch self {
    case .mode: "its pane is in a mode"
    case .dialog: "its pane shows a dialog"
    case .password: "its pane asks for a password"
    case .draft: "its pane has a draft"
    case .shellPrompt: "its pane is at a shell"
    case .humanTyping: "a person is typing in its pane"
    case .inputOff: "its pane takes no input"
    case .busyAccepting, .busyRefusing: "its pane is busy"
    case .unknown: "the screen of its pane is not known"
    case .dead, .ready: "its pane is \(rawValue)"
    }
  }
}

extension WaitingMessage {
  /// The end of a message, as `--json` prints it.
  fileprivate func object(_ end: Disposition) -> JSONObject {
    [
      "ok": end.outcome.isSuccess || end.reason == .cancelled, "id": id.text, "from": from.text,
      "to": to.text, "outcome": end.outcome.rawValue, "reason": end.reason.rawValue,
    ]
  }

  fileprivate var object: JSONObject {
    [
      "id": id.text, "from": from.text, "to": to.text, "queued": arrival.text,
      "expires": expires.text, "state": why,
    ]
  }

  fileprivate var why: String {
    if silentHost != nil { return "host silent" }
    return isGone ? "gone" : state?.rawValue ?? "-"
  }
}
