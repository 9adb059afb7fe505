/// The limits that a policy file sets explicitly. `nil` means: use the
/// default, which tightens nothing.
struct PolicyLimits: Equatable, Sendable {
  var maxFile: Int64?
  var inboxQuota: Int64?
  var senderQuota: Int64?
  var hostRate: Int?
  var senderRate: Int?
  var skew: Int64?
  var logBodies: Bool?
  var replyHint: Bool?
}

extension Policy {
  /// Maximum bytes of one file.
  package var maxFile: Int64 {
    get { given.maxFile ?? 2 << 30 }
    set { given.maxFile = newValue }
  }

  /// Maximum bytes of all files in the inbox together.
  package var inboxQuota: Int64 {
    get { given.inboxQuota ?? 8 << 30 }
    set { given.inboxQuota = newValue }
  }

  /// Maximum bytes of files that one host may send per day; by default half of the inbox.
  package var senderQuota: Int64 {
    get { given.senderQuota ?? 4 << 30 }
    set { given.senderQuota = newValue }
  }

  /// Maximum messages per minute, from one host and from one address.
  package var rate: Rate {
    get { Rate(host: given.hostRate ?? 600, sender: given.senderRate ?? 120) }
    set { (given.hostRate, given.senderRate) = (newValue.host, newValue.sender) }
  }

  /// How far in the future a message's time may be, in milliseconds.
  package var skew: Int64 {
    get { given.skew ?? 60_000 }
    set { given.skew = newValue }
  }

  /// Whether the audit log keeps message bodies.
  package var logBodies: Bool {
    get { given.logBodies ?? false }
    set { given.logBodies = newValue }
  }

  /// Whether the first message of an address says how to answer.
  package var replyHint: Bool {
    get { given.replyHint ?? true }
    set { given.replyHint = newValue }
  }
}
