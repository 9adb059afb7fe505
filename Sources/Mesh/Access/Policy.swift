/// Why a policy file is refused. Then everything is refused, with exit 7.
package enum PolicyError: Error, Equatable, Sendable, CustomStringConvertible {
  case toml(TOMLError)
  /// An unknown key, or a known one with an impossible value. The text is the key, made printable.
  case value(String)

  package var description: String {
    switch self {
    case .toml(let error): "\(error)"
    case .value(let key): "\(key) is no key of a policy, or has a value that it cannot have"
    }
  }
}

/// The limits in `~/.agents/policy.toml` or `/etc/agent-mesh/policy.toml`. An
/// unknown key refuses the file.
package struct Policy: Equatable, Sendable {
  package static let limit = 64 << 10

  package var ceiling = Ceiling()
  /// Sections `[address."PATTERN"]`.
  package var addressed: [AddressCeiling] = []
  /// `true` in the file for all peers, or the peers that have to seal their messages.
  package var requireSeal = SealRule.never
  package var pinningIsManual = false
  var given = PolicyLimits()

  package struct Rate: Equatable, Sendable {
    package var host: Int
    package var sender: Int
  }

  package enum SealRule: Equatable, Sendable {
    case never, always
    case peers([Host])

    package func wants(_ host: Host) -> Bool {
      switch self {
      case .never: false
      case .always: true
      case .peers(let hosts): hosts.contains(host)
      }
    }
  }

  /// A ceiling for recipients whose address matches a pattern (`*`, `?`).
  package struct AddressCeiling: Equatable, Sendable {
    package var pattern: String
    package var ceiling: Ceiling

    package func covers(_ address: Address) -> Bool { Glob(pattern).matches(address.text) }
  }

  package init() {}

  /// The stricter of two policies. The access ceilings are not merged: each of them is asked. What
  /// `other` does not set stays unchanged.
  package func tightened(by other: Policy) -> Policy {
    var both = self
    both.maxFile = min(maxFile, other.given.maxFile ?? maxFile)
    both.inboxQuota = min(inboxQuota, other.given.inboxQuota ?? inboxQuota)
    both.senderQuota = min(senderQuota, other.given.senderQuota ?? senderQuota)
    both.rate = Rate(
      host: min(rate.host, other.given.hostRate ?? rate.host),
      sender: min(rate.sender, other.given.senderRate ?? rate.sender))
    both.skew = min(skew, other.given.skew ?? skew)
    both.logBodies = logBodies && (other.given.logBodies ?? true)
    both.replyHint = replyHint && (other.given.replyHint ?? true)
    both.pinningIsManual = pinningIsManual || other.pinningIsManual
    both.requireSeal = requireSeal.joined(other.requireSeal)
    return both
  }
}

extension Policy.SealRule {
  func joined(_ other: Policy.SealRule) -> Policy.SealRule {
    switch (self, other) {
    case (.always, _), (_, .always): .always
    case (.never, let rule), (let rule, .never): rule
    case (.peers(let left), .peers(let right)): .peers(left + right)
    }
  }
}
