/// What happened to a message. Receipts, `--json` and the audit log use these words. Protocol section 9.
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

  /// After these outcomes the same id may be sent again: nothing was typed, and a retry may succeed.
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

/// The first check that fails ends the receive path: what the sender is told, and what only the
/// recipient's own log says.
package struct Stop: Error, Equatable {
  package var disposition: Disposition
  /// Constant words and numbers, or names that were made printable.
  package var note: String?

  package init(_ outcome: Outcome, _ reason: Reason = .none, note: String? = nil) {
    disposition = Disposition(outcome, reason)
    self.note = note
  }
}

/// Each refusal of the rules, in the order of protocol section 5.
extension Stop {
  package static var unpinned: Stop {
    Stop(.notSetUp, .unpinned, note: "no key is pinned for the sender's host")
  }
  package static var revoked: Stop { Stop(.notAuthentic, .revoked) }
  /// Signed by a key that is not pinned; with the fingerprints.
  package static func keyChanged(pinned: [String], signed: String) -> Stop {
    let pinned = pinned.joined(separator: " ")
    return Stop(.notAuthentic, .keyChanged, note: "pinned \(pinned), signed by \(signed)")
  }
  package static var signature: Stop { Stop(.notAuthentic, .signature) }
  /// The sender's address does not belong to its host, or the connection belongs to another peer.
  package static var spoofed: Stop {
    Stop(.notAuthentic, .spoofed, note: "the sender's address is not its host's")
  }
  package static var anotherHost: Stop { Stop(.unknownAgent, note: "addressed to another host") }
  /// It names a key of ours that is no longer valid, or one that is not ours.
  package static func anotherKey(_ key: String) -> Stop {
    Stop(.notAuthentic, .keyChanged, note: "it names another key of ours: \(key)")
  }
  package static var tooLong: Stop { Stop(.refused, .text, note: "longer than 64 KiB") }
  /// `expires` is before `time` or too long after it.
  package static var life: Stop {
    Stop(.notAuthentic, .malformed, note: "it would live longer than it may")
  }
  /// `time` is this many milliseconds ahead of our clock.
  package static func clock(ahead: Int64) -> Stop {
    Stop(.notAuthentic, .clock, note: "the sender's clock is \(ahead) ms ahead of ours")
  }
  /// It expired `late` milliseconds ago; `clocks`: how far its `time` is before ours.
  package static func stale(late: Int64, clocks: Int64) -> Stop {
    Stop(
      .notAuthentic, .stale, note: "expired \(late) ms ago; sent \(clocks) ms ago by our clock")
  }
  package static var rate: Stop { Stop(.refused, .rate) }
  /// It was passed as this account's own, or as one from the queue, but is not.
  package static var notOwn: Stop { Stop(.notAuthentic, .malformed, note: "notOwn") }
  package static var notQueued: Stop { Stop(.notAuthentic, .malformed, note: "notQueued") }
  package static var malformed: Stop { Stop(.notAuthentic, .malformed) }
  /// The id belongs to another message, or what was decided does: a ticket is valid for one message
  /// only, and a decision for one sender.
  package static var idReused: Stop { Stop(.notAuthentic, .idReused) }
  /// As old as records that were already deleted, so it may have come before.
  package static var forgotten: Stop {
    Stop(.notAuthentic, .stale, note: "as old as what was swept: the clock was set back")
  }
  package static var sealRequired: Stop { Stop(.refused, .sealRequired) }
  package static var truncated: Stop { Stop(.failed, .truncated) }
  package static var digest: Stop { Stop(.notAuthentic, .digest) }
  package static var text: Stop {
    Stop(.refused, .text, note: "not UTF-8, too long, or with tag characters")
  }
  /// A sealed head, a caption or a length is malformed.
  package static var sealedForm: Stop {
    Stop(.notAuthentic, .malformed, note: "the payload's own head or lengths")
  }
  /// Sealed to a key that is not ours, or no longer is.
  package static var sealKey: Stop { Stop(.notAuthentic, .sealKey) }
  package static var anotherHead: Stop {
    Stop(.notAuthentic, .spoofed, note: "the sealed head is another statement's")
  }
  package static var endSignature: Stop {
    Stop(.notAuthentic, .signature, note: "what follows the file is not the sender's")
  }
  package static var name: Stop { Stop(.refused, .name) }
}
