/// What a policy says in so many words. The rest has its default, which tightens nothing.
struct PolicyLimits: Equatable, Sendable {
  var maxFile: Int64?
  var inboxQuota: Int64?
  var senderQuota: Int64?
  var hostRate: Int?
  var senderRate: Int?
  var skew: Int64?
  var logBodies: Bool?
}

extension Policy {
  /// Bytes of one file.
  package var maxFile: Int64 {
    get { given.maxFile ?? 2 << 30 }
    set { given.maxFile = newValue }
  }

  /// Bytes that all files in the inbox may have together.
  package var inboxQuota: Int64 {
    get { given.inboxQuota ?? 8 << 30 }
    set { given.inboxQuota = newValue }
  }

  /// Bytes of files that one host may drop a day; by itself half of the inbox.
  package var senderQuota: Int64 {
    get { given.senderQuota ?? 4 << 30 }
    set { given.senderQuota = newValue }
  }

  /// Messages a minute of one host, and of one address.
  package var rate: Rate {
    get { Rate(host: given.hostRate ?? 600, sender: given.senderRate ?? 120) }
    set { (given.hostRate, given.senderRate) = (newValue.host, newValue.sender) }
  }

  /// How far ahead a message's time may be, in milliseconds.
  package var skew: Int64 {
    get { given.skew ?? 60_000 }
    set { given.skew = newValue }
  }

  /// Whether bodies are kept in the audit log.
  package var logBodies: Bool {
    get { given.logBodies ?? false }
    set { given.logBodies = newValue }
  }
}
