/// What happened to a message. Receipts, `--json` and the audit log use these
/// words. Protocol section 9.
package enum Outcome: String, Sendable, CaseIterable {
  /// The text was in the recipient's composer and left it.
  case submitted
  /// Typed into a program that does not echo.
  case typed
  /// Printed on the terminal of a shell or REPL, not typed.
  case shown
  /// Stored on the recipient's machine until the recipient is ready.
  case queued
  /// A file is in the inbox, but its announcement was not typed; the reason says why.
  case stored
  case unknownAgent = "unknown-agent"
  case notReady = "not-ready"
  case failed
  case refused
  case notAuthentic = "not-authentic"
  case notSetUp = "not-set-up"
  /// It may or may not have been typed.
  case unknown

  /// Whether the message reached the recipient, or will be retried without the sender.
  package var isSuccess: Bool {
    switch self {
    case .submitted, .typed, .shown, .queued: true
    default: false
    }
  }

  /// Whether the message was refused before it could reach a pane. A stranger can cause these as
  /// often as they like.
  package var isRefusal: Bool {
    switch self {
    case .refused, .notAuthentic, .notSetUp, .unknownAgent: true
    default: false
    }
  }

  /// After these outcomes the same id may be sent again: nothing was typed,
  /// and a retry may succeed.
  package var mayBeRetried: Bool { self == .notReady || self == .failed || self == .stored }
}

/// Why. Each is one token, not free text, because it crosses the wire.
package enum Reason: String, Sendable, CaseIterable {
  case none = "-"
  // not ready
  case draft, dialog, password, mode, busy, shell
  /// The draft is an earlier message, not submitted.
  case unsubmitted
  case inputOff = "input-off"
  case humanTyping = "human-typing"
  case unknownScreen = "unknown-screen"
  /// A program such as vim, less or top, where keys are commands.
  case fullScreen = "full-screen"
  case lineTooLong = "line-too-long"
  /// The agent's own program holds it until a person lets it through.
  case held
  // submitted
  /// The agent's own record of its conversation contains the message.
  case transcript
  /// The agent's record shows the message waiting for the agent's turn.
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
  /// Sealed to a key that is not the recipient's, or no longer is.
  case sealKey = "seal-key"
  // not set up
  case unpinned, keys, policy, modes
  // queue and status
  case expired
  case noRecord = "no-record"
  case cancelled
}

/// An outcome with its reason (the name comes from RFC 8098).
package struct Disposition: Equatable, Sendable {
  package var outcome: Outcome
  package var reason: Reason
  /// Whether it was handed over through the agent's own inbox. Known on the recipient's host only:
  /// no receipt says it.
  package var byInbox = false

  package init(_ outcome: Outcome, _ reason: Reason = .none) {
    self.outcome = outcome
    self.reason = reason
  }
}
