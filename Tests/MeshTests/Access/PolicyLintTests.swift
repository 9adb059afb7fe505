import Mesh
import Testing

@Suite struct PolicyLintTests {
  private static func lint(_ value: String) throws -> (admitsNobody: Bool, words: [String]) {
    let hosts = Set(try ["hub", "hub-dev", "worker-1"].map { try Host(validating: $0) })
    return AllowLint.findings(
      value, hosts: hosts, trusted: hosts.subtracting([try Host(validating: "hub-dev")]),
      keys: ["SHA256:" + String(repeating: "A", count: 43)])
  }

  /// If two host names match, the longer one counts. A list for a host that is no longer trusted
  /// admits nobody.
  @Test func aPatternThatTwoHostsFitIsForTheLongerOne() throws {
    let words = try Self.lint("hub-dev-*").words
    #expect(
      words == [
        "hub-dev-*: it is for host hub-dev, of which no key counts",
        "hub-dev-*: it is for host hub-dev, not for hub",
      ])
    let hosts = Set(try ["hub", "hub-dev"].map { try Host(validating: $0) })
    let owners = AllowLint.owners("hub-*, hub-dev-*, @mesh, hub-device-1", hosts: hosts)
    #expect(
      owners.mapValues(\.name) == [
        "hub-*": "hub", "hub-dev-*": "hub-dev", "hub-device-1": "hub",
      ])
  }

  @Test(arguments: [
    "@self", "@mesh", "@mesh, !host:worker-1", "hub-*", "hub-ci-build worker-1-x", "none",
    "key:SHA256:" + String(repeating: "A", count: 43), "host:hub",
  ]) func nothingToSay(_ value: String) throws { #expect(try Self.lint(value).words == []) }

  @Test(arguments: [
    ("h*", "does not parse"), ("*", "does not parse"), ("stranger-x", "does not parse"),
    ("host:h*", "does not parse"), ("key:SHA256:x", "does not parse"), ("@all", "does not parse"),
    (String(repeating: "@self ", count: 65), "more than 64 items"),
    (String(repeating: " ", count: 2049), "longer than 2048 bytes"),
    ("host:stranger", "no key is pinned for that host"),
    ("key:SHA256:" + String(repeating: "E", count: 43), "pinned for no host"),
    ("", "it is empty, so it admits nobody"),
    ("!host:hub", "refusals alone admit nobody"), ("!@mesh !hub-x", "refusals alone"),
    ("none @self", "none has no effect"), ("@self @self", "is in the list twice"),
    ("!host:hub hub-x @self", "hub-x has no effect"),
    ("!host:hub host:hub", "host:hub has no effect"),
  ]) func complaints(_ value: String, _ words: String) throws {
    let found = try Self.lint(value)
    #expect(found.words.contains { $0.contains(words) }, "\(found.words)")
  }

  /// The judge agrees with lint: a list that admits nobody refuses everybody.
  @Test(arguments: ["h*", "", "none", "!host:hub", "!@self", "host:", "none none"])
  func nobodyIsNobody(_ value: String) throws {
    #expect(try Self.lint(value).admitsNobody)
    let hub = try Host(validating: "hub")
    for isSelf in [true, false] {
      let sender = VerifiedSender(
        address: Address(hub), host: hub, keyFingerprint: "SHA256:x", isSelf: isSelf)
      guard case .refused = Access.judge(sender, levels: AllowLevels(pane: value), hosts: [hub])
      else {
        Issue.record("'\(value)' admits")
        return
      }
    }
  }

  @Test func meanings() throws {
    let hosts = Set([try Host(validating: "hub")])
    let list = try AllowList(parsing: "@self !hub-ci-* host:hub none hub-dev", hosts: hosts)
    #expect(
      list.items.map(\.meaning) == [
        "this account", "not agents of hub called hub-ci-*", "every agent of hub", "nobody",
        "hub-dev of hub",
      ])
  }
}
