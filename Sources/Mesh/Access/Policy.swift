/// Why a policy file is not taken: everything is refused then, with exit 7.
public enum PolicyError: Error, Equatable, Sendable {
  case toml(TOMLError)
  /// An unknown key, or one with a value that it cannot have; the key made printable.
  case value(String)
}

/// `~/.agents/policy.toml` or `/etc/agent-mesh/policy.toml`. Unknown keys fail the file.
public struct Policy: Equatable, Sendable {
  public static let limit = 64 << 10

  public var ceiling = Ceiling()
  /// `true`, or the peers whose messages have to be sealed.
  public var requireSeal = SealRule.never
  /// Bytes of one file.
  public var maxFile: Int64 = 2 << 30
  /// Bytes that all files in the inbox may have together.
  public var inboxQuota: Int64 = 8 << 30
  /// Bytes of files that one sender may drop a day.
  public var senderQuota: Int64 = 8 << 30
  /// Messages a minute of one host, and of one address.
  public var rate = Rate(host: 600, sender: 120)
  /// How far ahead a message's time may be, in milliseconds.
  public var skew: Int64 = 60_000
  public var pinningIsManual = false
  public var strict = false
  public var logBodies = false

  public struct Rate: Equatable, Sendable {
    public var host: Int
    public var sender: Int
  }

  public enum SealRule: Equatable, Sendable {
    case never, always
    case peers([Host])

    public func wants(_ host: Host) -> Bool {
      switch self {
      case .never: false
      case .always: true
      case .peers(let hosts): hosts.contains(host)
      }
    }
  }

  public init() {}

  /// The stricter of two in everything but the access ceilings, which are asked one by one.
  public func tightened(by other: Policy) -> Policy {
    var both = self
    both.maxFile = min(maxFile, other.maxFile)
    both.inboxQuota = min(inboxQuota, other.inboxQuota)
    both.senderQuota = min(senderQuota, other.senderQuota)
    both.rate = Rate(
      host: min(rate.host, other.rate.host), sender: min(rate.sender, other.rate.sender))
    both.skew = min(skew, other.skew)
    both.pinningIsManual = pinningIsManual || other.pinningIsManual
    both.strict = strict || other.strict
    both.logBodies = logBodies && other.logBodies
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
