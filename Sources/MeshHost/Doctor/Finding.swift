/// What one check found: a line of `agent-mesh doctor`.
package struct Finding: Sendable, Equatable, Encodable {
  package enum State: String, Sendable, Encodable {
    case ok, warn
    case fail = "FAIL"
  }

  package var schema = 1
  package let state: State
  /// What was looked at, one word: `keys`, `peer`, `tmux`, …
  package let subject: String
  package let what: String
  /// The command that fixes it, to be run as it is written.
  package let fix: String?
  /// Whether the command can be run without a person's decision: it changes modes, or reads and makes what is missing.
  package let isSafe: Bool

  static func ok(_ subject: String, _ what: String) -> Finding {
    Finding(state: .ok, subject: subject, what: what, fix: nil, isSafe: false)
  }

  static func warn(
    _ subject: String, _ what: String, fix: String? = nil, safe: Bool = false
  ) -> Finding {
    Finding(state: .warn, subject: subject, what: what, fix: fix, isSafe: safe)
  }

  static func fail(
    _ subject: String, _ what: String, fix: String? = nil, safe: Bool = false
  ) -> Finding {
    Finding(state: .fail, subject: subject, what: what, fix: fix, isSafe: safe)
  }

  static func fail(_ subject: String, _ error: SetupError) -> Finding {
    fail(subject, "\(error)", fix: error.fix, safe: error.fixIsSafe)
  }
}
