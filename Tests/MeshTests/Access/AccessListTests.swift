import Mesh
import Testing

@Suite("Access lists: grammar and who is meant")
struct AccessListTests {
  private static func parse(_ text: String) throws(AllowListError) -> AllowList {
    try AllowList(parsing: text, hosts: AccessCase.hosts)
  }

  @Test(
    "What is a list",
    arguments: [
      ("", 0), (" ", 0), (",", 0), (" , ,\t", 0), ("none", 1), ("@self", 1), ("@mesh", 1),
      ("!@mesh", 1),
      ("none none", 2), ("@self,@mesh", 2), ("@self @mesh", 2), ("@self, @mesh", 2),
      ("@self\t@mesh", 2),
      (" @self ", 1), ("@self,", 1), ("host:hub", 1), ("!host:hub", 1),
      ("key:\(AccessCase.key)", 1),
      ("!key:\(AccessCase.key)", 1), ("hub", 1), ("hub-*", 1), ("hub*", 1), ("hub-?", 1),
      ("hub-dev-*", 1),
      ("hub-dev-claude", 1), ("hub-dev-claude.1", 1), ("hub-dev-claude~2", 1), ("hub-*-claude", 1),
      ("hub-x.*", 1), ("hub-x.?", 1), ("hub-x~*", 1), ("hub-x~?.*", 1), ("hub.*", 1), ("hub~*", 1),
      ("hub-**?*", 1), ("!hub-*", 1), ("!none", 1), ("host:not-yet-known", 1),
      ("me-x worker-1-*", 2),
      ("hub-", 1), ("hub-dev", 1), ("hub-develop-*", 1),
    ])
  func parses(text: String, count: Int) throws {
    #expect(try Self.parse(text).items.count == count)
  }

  @Test(
    "What is none: it admits nobody",
    arguments: [
      "*", "?", "**", "*-claude", "?ub-dev", "h?b-dev", "h*b-dev", "h*", "hu*", "hubs-*", "hubs",
      "evil-*",
      "evil", "!evil-*", "worker-*", "worker-?-x", "-hub", "hub_x", "Hub-x", "hub-X", "hub-é",
      "hub-\u{301}*",
      "hub-*\u{301}", "hub/dev", "hub:dev", "hub.x", "hub~x", "hub-a.b", "hub..1", "hub.1.2", "!",
      "!!",
      "!!hub", "! hub-x", "!!@self", "@", "@all", "@SELF", "@Self", "@self*", "@mesh-hub", "none*",
      "None",
      "all", "any", "true", "0", "host:", "host:*", "host:hub*", "host:hub-*", "host:?", "host:Hub",
      "host:-x",
      "host:hub.1", "Host:hub", "host: hub*", "host=hub", "key:", "key:*", "key:SHA256:",
      "key:SHA256:*",
      "key:\(AccessCase.key.dropLast())", "key:\(AccessCase.key)=",
      "key:\(AccessCase.key.dropLast())-",
      "key:\(AccessCase.key.replacing("SHA256", with: "SHA512"))", AccessCase.key, "\u{212A}",
      "@self;@mesh",
      "@self\n@mesh", "@self|@mesh", "@self\u{A0}@mesh", "@self\u{2003}@mesh", "\"@self\"",
      "'@self'",
      "[hub]-x", "hub-[ab]", "hub-{a,b}", "hub-\\*", "hub-(a|b)", "hub-+", "@self\u{0}", "$(id)",
      "#{host}",
    ])
  func doesNotParse(text: String) throws {
    #expect(throws: AllowListError.self) { try Self.parse(text) }
    // One bad item refuses the whole list, wherever it is.
    for list in [text, "@mesh \(text)", "\(text) @mesh", "@mesh,\(text),@self"] {
      for sender in try ["me-x", "hub-dev2-x", "hub-x", "worker-1-x"].map({ try AccessCase($0) }) {
        let ruling = sender.ask(AllowLevels(pane: list))
        #expect(!ruling.isAdmitted, "\(list) admits \(sender.address)")
        #expect(ruling.rule.rule == "the list does not parse")
      }
    }
  }

  @Test("At most 64 items and 2,048 bytes")
  func limits() throws {
    let items = [String](repeating: "@self", count: 64)
    #expect(try Self.parse(items.joined(separator: ",")).items.count == 64)
    #expect(throws: AllowListError.tooManyItems) {
      try Self.parse((items + ["@self"]).joined(separator: " "))
    }
    let long = "@self" + String(repeating: " ", count: 2043)
    #expect(try Self.parse(long).items.count == 1)
    #expect(throws: AllowListError.tooLong) { try Self.parse(long + " ") }
    #expect(throws: AllowListError.tooLong) {
      try Self.parse(String(repeating: "@self,", count: 1 << 18))
    }
    // The limit is in bytes, not in characters.
    #expect(throws: AllowListError.tooLong) { try Self.parse(String(repeating: "é", count: 1025)) }
    let me = try AccessCase("me-x")
    #expect(me.isAdmitted(by: long) && !me.isAdmitted(by: long + " "))
    #expect(!me.isAdmitted(by: (items + ["@self"]).joined(separator: " ")))
    #expect(
      throws: AllowListError.item(3, "not an address, a pattern, @self, @mesh, host:, key: or none")
    ) {
      try Self.parse("@self,@mesh,hub-x_")
    }
  }

  @Test(
    "Who is meant",
    arguments: [
      ("@self", ["me-x"]), ("@mesh", ["me-x", "hub-x", "hub-dev-x", "worker-1-x"]), ("none", []),
      ("", []),
      (" , ", []), ("host:hub", ["hub-x"]), ("host:hub-dev", ["hub-dev-x"]), ("host:me", ["me-x"]),
      ("host:nobody", []), ("hub-x", ["hub-x"]), ("hub-*", ["hub-x"]), ("hub*", ["hub-x"]),
      ("hub-dev-*", ["hub-dev-x"]), ("hub-d*", []), ("hub", []), ("hub-?", ["hub-x"]),
      ("hub-??", []),
      ("worker-1-?", ["worker-1-x"]), ("me-*", ["me-x"]), ("none @self", ["me-x"]),
      ("@self none", ["me-x"]),
      ("hub-x worker-1-x", ["hub-x", "worker-1-x"]), ("hub-y", []), ("hub-x-", []), ("hub-xx", []),
    ])
  func meant(list: String, admitted: [String]) throws {
    for sender in ["me-x", "hub-x", "hub-dev-x", "worker-1-x"] {
      let isAdmitted = try AccessCase(sender).isAdmitted(by: list)
      #expect(isAdmitted == admitted.contains(sender), "\(list): \(sender)")
    }
  }

  @Test("A pattern holds only for the host that it names, whatever others call themselves")
  func otherHosts() throws {
    // Verified from `hub-evil`, which is not a known host, or from `hub-dev`.
    for list in ["hub-*", "hub*", "hub-evil-x", "hub-evil*", "hub-?vil-x", "hub-dev2*"] {
      #expect(try !AccessCase("hub-evil-x", of: "hub-evil").isAdmitted(by: list), "\(list)")
      #expect(try !AccessCase("hub-dev-x", of: "hub-dev").isAdmitted(by: list), "\(list)")
    }
    #expect(try AccessCase("hub-evil-x", of: "hub").isAdmitted(by: "hub-*"))
    #expect(try !AccessCase("hub-dev", of: "hub-dev").isAdmitted(by: "hub-*"))
    #expect(try AccessCase("hub-dev", of: "hub-dev").isAdmitted(by: "hub-dev"))
    #expect(try !AccessCase("hub-dev-x", of: "hub").isAdmitted(by: "hub-dev-*"))
  }

  @Test("A host that ends in a dash takes nobody's patterns")
  func dash() throws {
    let (hub, dash) = (try Host(validating: "hub"), try Host(validating: "hub-"))
    for (text, owner) in [
      ("hub-*", hub), ("hub*", hub), ("hub-x*", hub), ("hub--*", dash), ("hub-", dash),
      ("hub--x", dash),
    ] {
      let list = try AllowList(parsing: text, hosts: [hub, dash])
      #expect(list.items.map(\.subject) == [.pattern(owner: owner, text: text)])
    }
  }

  @Test("A key is meant by its fingerprint, whatever its holder is called")
  func keys() throws {
    let sender = try AccessCase("hub-x", key: AccessCase.otherKey)
    #expect(sender.isAdmitted(by: "key:\(AccessCase.otherKey)"))
    #expect(!sender.isAdmitted(by: "key:\(AccessCase.key)"))
    #expect(!sender.isAdmitted(by: "@mesh !key:\(AccessCase.otherKey)"))
    #expect(sender.isAdmitted(by: "@mesh !key:\(AccessCase.key)"))
  }

  @Test(
    "A refusal holds wherever it stands; refusals alone admit nobody",
    arguments: [
      ("!hub-x @mesh", false), ("@mesh !hub-x", false), ("@mesh,!hub-x,hub-x", false),
      ("hub-x !hub-x", false),
      ("!host:hub @mesh", false), ("@mesh !host:hub", false), ("hub-x !@mesh", false),
      ("!@mesh hub-x", false),
      ("!hub-*", false), ("!none", false), ("!host:worker-1", false), ("!@self", false),
      ("!evil", false),
      ("@mesh !none", true), ("@mesh !host:worker-1", true), ("@mesh !@self", true),
      ("@mesh !hub-y", true),
      ("!worker-1-* hub-x", true), ("@mesh !hub-dev-*", true), ("@mesh !host:nobody", true),
    ])
  func refusals(list: String, admits: Bool) throws {
    #expect(try AccessCase("hub-x").isAdmitted(by: list) == admits)
  }
}
