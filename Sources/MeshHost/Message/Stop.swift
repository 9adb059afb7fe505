internal import Mesh

/// The first failed check ends the receive path: what the sender is told, and what only the owner's log says.
struct Stop: Error {
  var disposition: Disposition
  /// For the owner: constant words and numbers, or names that were made printable.
  var note: String?
  var rule: AccessRule?

  init(_ outcome: Outcome, _ reason: Reason = .none, note: String? = nil, rule: AccessRule? = nil) {
    disposition = Disposition(outcome, reason)
    self.note = note
    self.rule = rule
  }

  init(_ error: Tmux.Failure) { self.init(.failed, .tmux, note: "\(error)") }

  init(_ error: VerifyError) {
    switch error {
    case .unpinned: self.init(.notSetUp, .unpinned, note: "no key is pinned for the sender's host")
    case .revoked: self.init(.notAuthentic, .revoked)
    case .keyChanged(let pinned, let signed):
      self.init(
        .notAuthentic, .keyChanged,
        note: "pinned \(pinned.joined(separator: " ")), signed by \(signed)")
    case .signature: self.init(.notAuthentic, .signature)
    case .spoofed:
      self.init(.notAuthentic, .spoofed, note: "the sender's address is not its host's")
    }
  }

  init(_ error: AddressingError) {
    switch error {
    case .anotherHost: self.init(.unknownAgent, note: "addressed to another host")
    case .anotherKey(let key):
      self.init(.notAuthentic, .keyChanged, note: "it names another key of ours: \(key)")
    case .tooLong: self.init(.refused, .text, note: "longer than 64 KiB")
    }
  }

  init(_ error: RateError) {
    switch error {
    case .exceeded: self.init(.refused, .rate)
    case .notOwn, .notQueued: self.init(.notAuthentic, .malformed, note: "\(error)")
    }
  }

  init(_ error: AuthoriseError) {
    switch error {
    case .sealRequired: self.init(.refused, .sealRequired)
    case .anotherTicket, .anotherDecision: self.init(.notAuthentic, .idReused)
    }
  }

  init(_ error: Freshness.Failure) {
    switch error {
    case .stale(let late, let clocks):
      self.init(
        .notAuthentic, .stale, note: "expired \(late) ms ago; sent \(clocks) ms ago by our clock")
    case .clock(let ahead):
      self.init(.notAuthentic, .clock, note: "the sender's clock is \(ahead) ms ahead of ours")
    case .life: self.init(.notAuthentic, .malformed, note: "it would live longer than it may")
    }
  }

  init(_ error: EnvelopeError) {
    switch error {
    case .truncated: self.init(.failed, .truncated)
    case .timeout: self.init(.failed, .timeout)
    case .form: self.init(.notAuthentic, .malformed)
    }
  }

  init(_ error: OpenError) {
    switch error {
    case .truncated: self.init(.failed, .truncated)
    case .digest: self.init(.notAuthentic, .digest)
    case .text: self.init(.refused, .text, note: "not UTF-8, too long, or with tag characters")
    case .sealedForm:
      self.init(.notAuthentic, .malformed, note: "the payload's own head or lengths")
    case .sealKey: self.init(.notAuthentic, .sealKey)
    case .anotherHead:
      self.init(.notAuthentic, .spoofed, note: "the sealed head is another statement's")
    case .endSignature:
      self.init(.notAuthentic, .signature, note: "what follows the file is not the sender's")
    case .name: self.init(.refused, .name)
    }
  }

  init(_ error: SetupError) {
    switch error {
    case .file: self.init(.failed, .disk, note: "\(error)")
    case .insecure: self.init(.notSetUp, .modes, note: "\(error)")
    case .malformed: self.init(.notSetUp, .policy, note: "\(error)")
    case .noKeys, .noHome, .badSelf, .noSealKey: self.init(.notSetUp, .keys, note: "\(error)")
    }
  }
}
