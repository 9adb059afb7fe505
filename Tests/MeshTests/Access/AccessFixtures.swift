import Mesh
import Testing

/// Hosts and senders for tests of access lists. It does not name the sender's type, which is
/// inferred from what the lists take.
struct AccessCase: Sendable {
  static let names = ["hub", "hub-dev", "worker-1", "me"]
  static let hosts = Set(names.compactMap { try? Host(validating: $0) })
  static let key = Sample.fingerprint(1)
  static let otherKey = Sample.fingerprint(2)

  let address: Address
  let host: Host
  let key: String

  /// - Parameter address: of a host in `names`, or of `host`.
  init(_ address: String, of host: String? = nil, key: String = key) throws {
    self.address = try Address(validating: address)
    let owner = self.address.owner(among: Self.hosts)
    self.host =
      try host.map { name throws(NameError) in try Host(validating: name) } ?? #require(owner)
    self.key = key
  }

  var isSelf: Bool { host.name == "me" }

  func ask(_ levels: AllowLevels, _ ceilings: [Ceiling] = []) -> AccessRuling {
    Access.judge(
      .init(address: address, host: host, keyFingerprint: key, isSelf: isSelf), levels: levels,
      ceilings: ceilings, hosts: Self.hosts)
  }

  /// Whether a pane with this list admits the sender.
  func isAdmitted(by list: String) -> Bool { ask(AllowLevels(pane: list)).isAdmitted }

  func isCovered(by item: AllowList.Item) -> Bool {
    item.subject.covers(.init(address: address, host: host, keyFingerprint: key, isSelf: isSelf))
  }
}

extension AccessRuling {
  var isAdmitted: Bool { decision != nil }

  var decision: AccessDecision? {
    if case .admitted(let decision) = self { decision } else { nil }
  }

  /// The rule that decided, either way.
  var rule: AccessRule {
    switch self {
    case .admitted(let decision): decision.rule
    case .refused(let rule): rule
    }
  }
}
