/// Why a policy file is refused. Then everything is refused, with exit 7.
package enum PolicyError: Error, Equatable, Sendable, CustomStringConvertible {
  case toml(TOMLError)
  /// An unknown key, made printable.
  case key(String)
  /// A known key with an impossible value, or a section that is none.
  case value(String)

  package var description: String {
    switch self {
    case .toml(let error): "\(error)"
    case .value(let key): "\(key) has a value that it cannot have"
    case .key(let key): "\(key) is no key of a policy"
    }
  }
}

/// The limits in `~/.agents/policy.toml` or `/etc/agent-mesh/policy.toml`. Unknown keys, bad values
/// and bad syntax refuse the whole file.
package struct Policy: Equatable, Sendable {
  package static let limit = 64 << 10

  package var ceiling = Ceiling()
  /// Sections `[address."PATTERN"]`.
  package var addressed: [AddressCeiling] = []
  /// `true` in the file for all peers, or the peers that have to seal their messages.
  package var requireSeal = SealRule.never
  package var pinningIsManual = false
  /// Maximum bytes of one file.
  @Limit package var maxFile: Int64 = 2 << 30
  /// Maximum bytes of all files in the inbox together.
  @Limit package var inboxQuota: Int64 = 8 << 30
  /// Maximum bytes of files that one host may send per day; by default half of the inbox.
  @Limit package var senderQuota: Int64 = 4 << 30
  @Limit private var hostRate = 600
  @Limit private var senderRate = 120
  /// How far in the future a message's time may be, in milliseconds.
  @Limit package var skew: Int64 = 60_000
  /// Whether the audit log keeps message bodies.
  @Limit package var logBodies = false
  /// Whether the first message of an address says how to answer.
  @Limit package var replyHint = true

  /// Maximum messages per minute, from one host and from one address.
  package var rate: Rate { Rate(host: hostRate, sender: senderRate) }

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

    fileprivate func joined(_ other: SealRule) -> SealRule {
      switch (self, other) {
      case (.always, _), (_, .always): .always
      case (.never, let rule), (let rule, .never): rule
      case (.peers(let left), .peers(let right)): .peers(left + right)
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
    both.maxFile = min(maxFile, other.$maxFile ?? maxFile)
    both.inboxQuota = min(inboxQuota, other.$inboxQuota ?? inboxQuota)
    both.senderQuota = min(senderQuota, other.$senderQuota ?? senderQuota)
    both.hostRate = min(hostRate, other.$hostRate ?? hostRate)
    both.senderRate = min(senderRate, other.$senderRate ?? senderRate)
    both.skew = min(skew, other.$skew ?? skew)
    both.logBodies = logBodies && (other.$logBodies ?? true)
    both.replyHint = replyHint && (other.$replyHint ?? true)
    both.pinningIsManual = pinningIsManual || other.pinningIsManual
    both.requireSeal = requireSeal.joined(other.requireSeal)
    return both
  }
}

/// A value with a default. `$name` is what the file sets, `nil` if it sets nothing.
@propertyWrapper
package struct Limit<Value: Equatable & Sendable>: Equatable, Sendable {
  private let usual: Value
  private(set) package var projectedValue: Value?

  package init(wrappedValue: Value) { usual = wrappedValue }

  package var wrappedValue: Value {
    get { projectedValue ?? usual }
    set { projectedValue = newValue }
  }
}

/// Reading: one table, and a section for each address or pattern with its own ceilings.
extension Policy {
  package init(parsing bytes: [UInt8]) throws(PolicyError) {
    self.init()
    let document: TOMLDocument
    do {
      document = try TOMLDocument(parsing: bytes, limit: Policy.limit)
    } catch { throw .toml(error) }
    for entry in document.tables.first?.entries ?? [] {
      guard take(entry.key, entry.value) else {
        let key = SafeText.line(entry.key, limit: 40)
        throw Policy.keys.contains(entry.key) ? .value(key) : .key(key)
      }
    }
    for table in document.tables.dropFirst() { addressed.append(try Policy.section(table)) }
  }

  /// `[address."hub-prod-*"]` with `allow` and `deny`. A section with neither has
  /// no effect, so it is refused.
  private static func section(_ table: TOMLTable) throws(PolicyError) -> AddressCeiling {
    let name = SafeText.line(table.path.joined(separator: "."), limit: 80)
    guard table.path.count == 2, table.path[0] == "address",
      (1...256).contains(table.path[1].utf8.count),
      table.path[1].utf8.allSatisfy({ Slug.isSlugByte($0) || "-.~*?".utf8.contains($0) }),
      !table.entries.isEmpty
    else { throw .key("[\(name)]") }
    var ceiling = Ceiling()
    for entry in table.entries {
      switch (entry.key, entry.value) {
      case ("allow", .string(let list)): ceiling.allow = list
      case ("deny", .string(let list)): ceiling.deny = list
      case ("allow", _), ("deny", _): throw .value("\(entry.key) in [\(name)]")
      default: throw .key("\(SafeText.line(entry.key, limit: 40)) in [\(name)]")
      }
    }
    return AddressCeiling(pattern: table.path[1], ceiling: ceiling)
  }

  private static let keys: Set = [
    "allow", "deny", "require_seal", "pinning", "log_bodies", "reply_hint", "max_file",
    "inbox_quota", "sender_quota", "rate", "rate_sender", "skew",
  ]

  /// - Returns: false for an unknown key or an impossible value.
  private mutating func take(_ key: String, _ value: TOMLValue) -> Bool {
    switch (key, value) {
    case ("allow", .string(let list)): ceiling.allow = list
    case ("deny", .string(let list)): ceiling.deny = list
    case ("require_seal", .boolean(let all)): requireSeal = all ? .always : .never
    case ("require_seal", .strings(let names)):
      let hosts = names.compactMap { try? Host(validating: $0) }
      guard hosts.count == names.count else { return false }
      requireSeal = .peers(hosts)
    case ("pinning", .string("manual")): pinningIsManual = true
    case ("pinning", .string("auto")): pinningIsManual = false
    case ("log_bodies", .boolean(let on)): logBodies = on
    case ("reply_hint", .boolean(let on)): replyHint = on
    case (_, .integer(let number)): return takeNumber(key, number)
    default: return false
    }
    return true
  }

  private mutating func takeNumber(_ key: String, _ number: Int64) -> Bool {
    guard number >= 0 else { return false }
    switch key {
    case "max_file" where number <= 1 << 42: maxFile = number
    case "inbox_quota" where number <= 1 << 50: inboxQuota = number
    case "sender_quota" where number <= 1 << 50: senderQuota = number
    case "rate" where number <= 1_000_000: hostRate = Int(number)
    case "rate_sender" where number <= 1_000_000: senderRate = Int(number)
    // Seconds; at most ten minutes.
    case "skew" where number <= 600: skew = number * 1000
    default: return false
    }
    return true
  }
}
