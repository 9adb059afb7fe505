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
  /// The command that mends it, to be run as it is written.
  package let mend: String?
  /// Whether the command can be run without a person's decision: it changes modes, or reads and makes what is missing.
  package let isSafe: Bool

  static func ok(_ subject: String, _ what: String) -> Finding {
    Finding(state: .ok, subject: subject, what: what, mend: nil, isSafe: false)
  }

  static func warn(
    _ subject: String, _ what: String, mend: String? = nil, safe: Bool = false
  ) -> Finding {
    Finding(state: .warn, subject: subject, what: what, mend: mend, isSafe: safe)
  }

  static func fail(
    _ subject: String, _ what: String, mend: String? = nil, safe: Bool = false
  ) -> Finding {
    Finding(state: .fail, subject: subject, what: what, mend: mend, isSafe: safe)
  }

  static func fail(_ subject: String, _ error: SetupError) -> Finding {
    fail(subject, "\(error)", mend: error.mend, safe: error.mendIsSafe)
  }
}
