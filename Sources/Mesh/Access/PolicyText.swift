/// Reads `policy.toml`: one table, and a section for each address or pattern with its own ceilings.
/// Unknown keys, bad values and bad syntax refuse the whole file.
extension Policy {
  package init(parsing bytes: [UInt8]) throws(PolicyError) {
    self.init()
    let document: TOMLDocument
    do {
      document = try TOMLDocument(parsing: bytes, limit: Policy.limit)
    } catch { throw .toml(error) }
    for entry in document.tables.first?.entries ?? [] {
      guard take(entry.key, entry.value) else { throw .value(SafeText.line(entry.key, limit: 40)) }
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
    else { throw .value("[\(name)]") }
    var ceiling = Ceiling()
    for entry in table.entries {
      switch (entry.key, entry.value) {
      case ("allow", .string(let list)): ceiling.allow = list
      case ("deny", .string(let list)): ceiling.deny = list
      default: throw .value("\(SafeText.line(entry.key, limit: 40)) in [\(name)]")
      }
    }
    return AddressCeiling(pattern: table.path[1], ceiling: ceiling)
  }

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
    case "rate" where number <= 1_000_000: given.hostRate = Int(number)
    case "rate_sender" where number <= 1_000_000: given.senderRate = Int(number)
    // Seconds; at most ten minutes.
    case "skew" where number <= 600: skew = number * 1000
    default: return false
    }
    return true
  }
}
