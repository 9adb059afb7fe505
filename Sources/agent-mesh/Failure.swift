internal import Mesh
internal import MeshHost

/// How a command ends when it does not end well: the one table of exit codes, texts and hints.
struct Failure: Error {
  var code: Int32
  /// The token that `--json` and receipts use.
  var reason: String
  /// What happened, and whether anything was typed.
  var text: String
  /// The command to run next.
  var hint: String?

  func report(as command: String) {
    guard !wasSaid else { return }
    var lines = "\(command): \(text)\n"
    if let hint { lines += "  try: \(hint)\n" }
    Standard.write(lines, to: .error)
  }

  static func usage(_ text: String, hint: String? = nil) -> Failure {
    Failure(code: 1, reason: "usage", text: text, hint: hint)
  }
}

extension Outcome {
  /// Protocol section 9.
  var exitCode: Int32 {
    switch self {
    case .submitted, .typed, .shown, .queued: 0
    case .unknownAgent: 2
    case .notReady, .stored: 3
    case .failed: 4
    case .refused: 5
    case .notAuthentic: 6
    case .notSetUp: 7
    case .unknown: 8
    }
  }
}

extension Failure {
  /// What lets agents run us outside of their sandboxes.
  static let outsideTheSandbox = """
    let notify-pane run outside the sandbox: in Claude Code's settings.json "sandbox": {"excludedCommands": ["notify-pane:*"]}
           in Codex's ~/.codex/rules/default.rules prefix_rule(pattern = ["notify-pane"], decision = "allow")
    """

  init(_ error: SetupError) {
    self.init(code: 7, reason: "keys", text: "", hint: nil)
    switch error {
    case .noHome:
      text = "HOME is not set, or not a directory of yours; nothing was sent"
    case .badSelf:
      text = "~/.agents/self.conf holds no valid host name; nothing was sent"
      hint = "echo my-host > ~/.agents/self.conf   (a-z, 0-9 and -, at most 63)"
    case .noKeys:
      text = "this account has no keys yet; nothing was sent"
      hint = "agent-keys init"
    case .noSealKey(let host):
      reason = Reason.sealKey.rawValue
      text = "the seal key of \(host) is not known, or has expired; nothing was sent"
      hint = "sync-agent-registry"
    case .insecure(let path, let mend):
      reason = "modes"
      text = "others could read or change \(path); nothing was sent"
      // There root's directories seem to be nobody's, and no chmod helps.
      hint = OwnProgram.isInUserNamespace ? Failure.outsideTheSandbox : mend
    case .malformed(let path, let what):
      reason = "policy"
      text = "\(path): \(what); nothing was sent"
    case .file(let error):
      reason = "disk"
      text = "\(Failure.describe(error)); nothing was sent"
    }
  }

  static func describe(_ error: FileError) -> String {
    switch error {
    case .missing(let path): "\(path) is missing"
    case .exists(let path): "\(path) exists already"
    case .badName: "that is not a file name"
    case .notRegular(let path): "\(path) is not a regular file"
    case .tooLarge(let path, let limit): "\(path) is larger than \(limit) bytes"
    case .insecure(let path, _, _): "others could read or change \(path)"
    case .timeout(let path): "\(path) is held by another process"
    case .system(let error): "\(error)"
    }
  }

  init(_ error: Tmux.Failure) {
    self.init(code: 4, reason: "tmux", text: "", hint: nil)
    switch error {
    case .noServer: text = "no tmux server is running; nothing was typed"
    case .versionMismatch: text = "tmux client/server version mismatch; nothing was typed"
    case .timeout: text = "tmux did not answer; nothing was typed"
    case .notFound(let binary): text = "no tmux at \(binary); nothing was typed"
    case .refused(let words): text = "tmux: \(words); nothing was typed"
    case .insecureSocket(let path):
      text = "the tmux socket \(path) is not yours, or others can replace it; nothing was typed"
      hint = OwnProgram.isInUserNamespace ? Failure.outsideTheSandbox : nil
    case .unreachable(let path, let why):
      text =
        "the tmux socket \(path) cannot be reached from here (\(why)), as in a sandbox; nothing was typed"
      hint = Failure.outsideTheSandbox
    case .garbled: text = "tmux printed what is not understood; nothing was typed"
    }
  }
}
