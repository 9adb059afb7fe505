internal import Mesh
internal import MeshHost

/// How a command ended: the program's exit codes (protocol section 9). Only this file contains
/// their numbers.
enum ExitStatus: Int32 {
  case done = 0
  /// The command line, or a file that it names, is wrong. Also when `doctor --fix`
  /// or `lint` found problems.
  case usage = 1
  case unknownAgent = 2
  case notReady = 3
  /// ssh, tmux or the disk failed.
  case failed = 4
  case refused = 5
  case notAuthentic = 6
  case notSetUp = 7
  /// It may or may not have been typed.
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

/// What a command was doing. It determines what the error message says about what has not happened,
/// unless the failure itself says more.
enum Doing {
  /// Reads and prints. A failure leaves nothing undone.
  case looking
  case sending
  /// Receives a message.
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

/// A command that failed: exit code, reason, what happened, and what to run next.
struct Failure: Error {
  var status: ExitStatus
  /// The token in `--json` and receipts.
  var reason: String
  /// What happened. Printed together with what has therefore not happened.
  var text: String
  /// What has not happened, or may have. `nil`: use the text of `Doing`.
  var undone: String?
  /// Commands to run next, the most likely first.
  var hints: [String]
  /// For a usage error: the command's usage, and how to get its help.
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

  static func unknownAgent(_ text: String, try hints: [String] = []) -> Failure {
    var failure = Failure(.unknownAgent, Outcome.unknownAgent.rawValue, text)
    failure.hints = hints
    return failure
  }

  /// Everything has been printed; only the exit code is left.
  static func said(_ status: ExitStatus) -> Failure { Failure(status, "", "") }
  var wasSaid: Bool { text.isEmpty }

  /// What happened, and what has therefore not happened.
  func sentence(_ doing: Doing) -> String {
    guard let undone = undone ?? doing.undone, !undone.isEmpty else { return text }
    guard text.last != "?", text.last != "." else {
      return "\(text) \(undone.prefix(1).uppercased())\(undone.dropFirst())."
    }
    return "\(text); \(undone)"
  }

  /// Prints on stderr, or as JSON on stdout.
  func report(as command: String, _ doing: Doing, json: Bool) {
    guard !wasSaid else { return }
    // If stdout failed, the report cannot go there.
    if json, reason != "output" { return Output.json(object(doing)) }
    Output.note("\(command): \(sentence(doing))")
    for hint in hints { Output.note("  try: \(hint)") }
    for line in usage { Output.note("  \(line)") }
  }

  /// A failure as `--json` prints it.
  /// - Parameter host: the host that it is about, where a command is about several.
  func object(_ doing: Doing, host: Host? = nil) -> JSONObject {
    [
      "ok": false, "exit": code, "reason": reason, "error": sentence(doing), "hint": hints.first,
      "host": host?.name,
    ]
  }
}
