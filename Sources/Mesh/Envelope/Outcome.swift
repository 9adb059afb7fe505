/// What became of a message. The words are those of receipts, `--json` and the audit log. Protocol section 9.
package enum Outcome: String, Sendable, CaseIterable {
  /// The recipient's composer held it, and let go of it.
  case submitted
  /// Typed into a program that does not echo.
  case typed
  /// Printed on a shell's or REPL's terminal, not typed.
  case shown
  /// Kept on the recipient's machine until the recipient is ready.
  case queued
  /// A file lies in the inbox, and the line that tells of it was not typed; the reason is the recipient's state.
  case stored
  case unknownAgent = "unknown-agent"
  case notReady = "not-ready"
  case failed
  case refused
  case notAuthentic = "not-authentic"
  case notSetUp = "not-set-up"
  /// It may have been typed.
  case unknown

  /// Whether the message reached the recipient, or will be tried again without the sender.
  package var isSuccess: Bool {
    switch self {
    case .submitted, .typed, .shown, .queued: true
    default: false
    }
  }

  /// Whether it was turned away before it could reach a pane: what a stranger can bring about as often as it likes.
  package var isRefusal: Bool {
    switch self {
    case .refused, .notAuthentic, .notSetUp, .unknownAgent: true
    default: false
    }
  }

  /// Outcomes after which the same id may be taken anew: nothing was typed, and a later try may differ.
  package var mayBeRetried: Bool { self == .notReady || self == .failed || self == .stored }
}

/// Why. A token each, no free text: they cross the wire.
package enum Reason: String, Sendable, CaseIterable {
  case none = "-"
  // not ready
  case draft, dialog, password, mode, busy, shell
  case inputOff = "input-off"
  case humanTyping = "human-typing"
  case unknownScreen = "unknown-screen"
  /// A program such as vim, less or top, in which keys are commands.
  case fullScreen = "full-screen"
  case lineTooLong = "line-too-long"
  /// The agent's own program keeps it back until a person lets it through.
  case held
  // submitted
  /// The agent's own record of its conversation shows that it has the message.
  case transcript
  /// It shows that the message waits there for the agent's turn.
  case enqueued
  // failed
  case unreachable, tmux, timeout, disk, truncated, digest
  case deadPane = "dead-pane"
  // refused
  case denied, rate, quota, name, text
  case sealRequired = "seal-required"
  // not authentic
  case signature, spoofed, revoked, stale, clock, malformed
  case keyChanged = "key-changed"
  case idReused = "id-reused"
  /// Sealed to a key that is not the recipient's, or no longer.
  case sealKey = "seal-key"
  // not set up
  case unpinned, keys, policy, modes
  // queue and status
  case expired
  case noRecord = "no-record"
  case cancelled
}

/// An outcome with its reason (the word is RFC 8098's).
package struct Disposition: Equatable, Sendable {
  package var outcome: Outcome
  package var reason: Reason

  package init(_ outcome: Outcome, _ reason: Reason = .none) {
    self.outcome = outcome
    self.reason = reason
  }
}
