internal import Mesh
internal import MeshHost

/// How a command ended: the program's exit codes (protocol section 9). No other file has a number for one.
enum ExitStatus: Int32 {
  case done = 0
  /// The command line, or a file that it names, is wrong. `doctor --fix` and `lint` found something.
  case usage = 1
  case unknownAgent = 2
  case notReady = 3
  /// ssh, tmux or the disk failed.
  case failed = 4
  case refused = 5
  case notAuthentic = 6
  case notSetUp = 7
  /// It may have been typed.
  case unknown = 8
}

extension Outcome {
  var status: ExitStatus {
    switch self {
    case .submitted, .typed, .shown, .queued: .done
    case .unknownAgent: .unknownAgent
    case .notReady, .stored: .notReady
    case .failed: .failed
    case .refused: .refused
    case .notAuthentic: .notAuthentic
    case .notSetUp: .notSetUp
    case .unknown: .unknown
    }
  }

  var exitCode: Int32 { status.rawValue }
}

/// What a command was doing. It says what has not happened when the command fails; a text that knows better says it.
enum Doing {
  /// Reads and prints: a failure has left nothing undone.
  case looking
  case sending
  /// On the receiving side of a message.
  case receiving
  /// Writes files of this account. The word is a participle: `pinned`, `removed`.
  case changing(String)

  var undone: String? {
    switch self {
    case .looking: nil
    case .sending: "nothing was sent"
    case .receiving: "nothing was typed"
    case .changing(let participle): "nothing was \(participle)"
    }
  }
}

/// The end of a command that went wrong: exit code, reason, what happened, what to run next.
struct Failure: Error {
  var status: ExitStatus
  /// The token that `--json` and receipts use.
  var reason: String
  /// What happened. Printed with what has not happened because of it.
  var text: String
  /// What has not happened, or may have. nil: what `Doing` says.
  var undone: String?
  /// Commands to run next, the likeliest first.
  var hints: [String]
  /// Of a usage error: the command's usage, and where its help is.
  var usage: [String] = []

  init(
    _ status: ExitStatus, _ reason: String, _ text: String, undone: String? = nil,
    try hints: String...
  ) {
    (self.status, self.reason, self.text) = (status, reason, text)
    (self.undone, self.hints) = (undone, hints)
  }

  init(
    _ status: ExitStatus, _ reason: Reason, _ text: String, undone: String? = nil,
    try hints: String...
  ) {
    self.init(status, reason.rawValue, text, undone: undone)
    self.hints = hints
  }

  var code: Int32 { status.rawValue }

  static func usage(_ text: String, undone: String? = nil, try hint: String? = nil) -> Failure {
    var failure = Failure(.usage, "usage", text, undone: undone)
    failure.hints = hint.map { [$0] } ?? []
    return failure
  }

  /// Everything was printed already: only the code remains.
  static func said(_ status: ExitStatus) -> Failure { Failure(status, "", "") }
  var wasSaid: Bool { text.isEmpty }

  /// What happened, and what has not happened because of it.
  func sentence(_ doing: Doing) -> String {
    guard let undone = undone ?? doing.undone, !undone.isEmpty else { return text }
    guard text.last != "?", text.last != "." else {
      return "\(text) \(undone.prefix(1).uppercased())\(undone.dropFirst())."
    }
    return "\(text); \(undone)"
  }

  /// On stderr, or as JSON on stdout.
  func report(as command: String, _ doing: Doing, json: Bool) {
    guard !wasSaid else { return }
    // What stdout does not take cannot be said there.
    if json, reason != "output" { return Output.json(Report(self, doing)) }
    Output.note("\(command): \(sentence(doing))")
    for hint in hints { Output.note("  try: \(hint)") }
    for line in usage { Output.note("  \(line)") }
  }

  /// A failure as `--json` prints it.
  private struct Report: Encodable {
    let schema = 1
    let ok = false
    let exit: Int32
    let reason: String
    let error: String
    let hint: String?

    init(_ failure: Failure, _ doing: Doing) {
      exit = failure.code
      reason = failure.reason
      error = failure.sentence(doing)
      hint = failure.hints.first
    }
  }
}
