import Mesh
import TestSupport
import Testing

@Suite("Hosts, addresses, slugs")
struct NamingTests {
  @Test(
    "A host's name has one form",
    arguments: [
      "", "-", "-a", "A", "hub_1", "hub.1", "hub~2", "hub 1", " hub", "hub ", "hub\n", "hub\r",
      "hub\t",
      "hub/x", "hub*", "*", "?", "@self", "!hub", "hub,a", "hub:22", "-oProxyCommand=x", "$(id)",
      "`id`",
      "hub;id", "hub|id", "hub'x", "#{host}", "é", "ｈub", "hub\u{301}", "hub\u{0}", "\u{212A}ub",
      String(repeating: "a", count: 64), String(repeating: "a", count: 1_000_000),
    ])
  func badHosts(name: String) {
    #expect(throws: NameError.badHost) { try Host(validating: name) }
  }

  @Test(
    "An address has no other character than it needs",
    arguments: [
      "", "-", "-a", ".", "~", ".1", "~2", "A", "hub_1", "hub x", "hub\n", "hub/x", "hub:0.1",
      "hub*",
      "hub..1", "hub.", "hub.x", "hub~", "hub~x", "hub.1.1", "hub.1~2", "hub~2~2", "hub.12345",
      "hub.-1",
      "hub.٣", "hub.1\u{301}", "#{pane_id}", "$(id)", "hub;id", "%1", "@1", "$1", "é",
      String(repeating: "a", count: 161), String(repeating: "1", count: 1_000_000),
    ])
  func badAddresses(text: String) {
    #expect(throws: NameError.badAddress) { try Address(validating: text) }
  }

  @Test("A pane's index and a collision's number have one spelling")
  func numbers() throws {
    for text in [
      "hub-a-b.0", "hub-a-b.9999", "hub-a-b~2", "hub-a-b~9999", "hub-a-b~10.10", "1.1", "1",
    ] {
      #expect(try Address(validating: text).text == text)
    }
    for text in [
      "hub-a-b.00", "hub-a-b.01", "hub-a-b~0", "hub-a-b~1", "hub-a-b~02", "hub-a-b~2.01",
    ] {
      #expect(throws: NameError.badAddress, "\(text)") { try Address(validating: text) }
    }
  }

  @Test("The limits are taken")
  func limits() throws {
    let host = try Host(validating: String(repeating: "a", count: 63))
    #expect(Address(host).text == host.name && host.description == host.name)
    let slug = String(repeating: "b", count: Slug.limit)
    let longest = "\(host)-\(slug)-\(slug)-9999~99"
    #expect(try Address(validating: longest).description == longest)
    #expect(try Address(validating: String(repeating: "a", count: 160)).text.utf8.count == 160)
    #expect(try Host(validating: "0") < Host(validating: "a"))
    #expect(try Address(validating: "a-b") < Address(validating: "a-c"))
  }

  @Test(
    "The longest known host owns an address",
    arguments: [
      ("a", "a"), ("a-c", "a"), ("a-b", "a-b"), ("a-b-c", "a-b"), ("a-b-c-d", "a-b"), ("a-bc", "a"),
      ("a-bc-d", "a"), ("ab", nil), ("ab-c", nil), ("b", nil), ("b-a-b", nil), ("a-b-c~2", "a-b"),
      ("a-b-c.1", "a-b"), ("a-", "a"), ("a--b", "a"), ("a-b-", "a-b"),
      // A host's own name with an index or a number belongs to that host alone.
      ("a.1", "a"), ("a~2", "a"), ("a-b.1", "a-b"), ("a-b~2", "a-b"), ("a-b~2.1", "a-b"),
    ])
  func owner(text: String, owner: String?) throws {
    let hosts = try ["a", "a-b", "c"].map { try Host(validating: $0) }
    let address = try Address(validating: text)
    #expect(address.owner(among: hosts)?.name == owner)
    #expect(address.owner(among: hosts.reversed())?.name == owner)
    #expect(address.owner(among: []) == nil)
  }

  @Test("The owner is as a naive search finds it", arguments: 0..<4)
  func ownerProperty(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<500 {
      let hosts = try (0..<random.below(6)).map { _ in
        try Host(validating: random.text("ab", 1...1) + random.text("ab-", 0...3))
      }
      var text = random.text("ab", 1...1) + random.text("ab-", 0...7)
      if random.chance(4) { text += "~2" }
      if random.chance(4) { text += ".0" }
      let address = try Address(validating: text)
      var naive: String?
      for length in 1...text.count {
        let (start, rest) = (String(text.prefix(length)), text.dropFirst(length))
        let ends = rest.first.map { "-.~".contains($0) } ?? true
        if ends, hosts.contains(where: { $0.name == start }) { naive = start }
      }
      #expect(address.owner(among: hosts)?.name == naive, "\(text) among \(hosts)")
    }
  }

  @Test(
    "Slugs",
    arguments: [
      ("dev", "dev"), ("Dev Server", "dev-server"), ("a|b", "a-b"), ("a||b", "a-b"), ("  x  ", "x"),
      ("--x--", "x"), ("é", nil), ("", nil), ("!!!", nil), ("日本 1", "1"), ("a\tb\nc", "a-b-c"),
      ("$(touch x)", "touch-x"), ("'; id #", "id"), ("..", nil), ("Ａ", nil), ("\u{212A}", nil),
      ("a\u{301}", "a"), ("x\u{0}y", "x-y"), ("~2", "2"), ("a.1", "a-1"), ("ÄB", "b"), ("İx", "x"),
    ])
  func slugs(text: String, slug: String?) {
    #expect(Slug.make(text) == slug)
  }

  @Test("Slugs are idempotent, bounded, and what an address takes", arguments: 0..<4)
  func slugProperty(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<500 {
      let text = random.text("aZ09-_ |.~é日\u{1F468}\u{0}\n", 0...90)
      guard let slug = Slug.make(text) else {
        #expect(
          !text.utf8.contains { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0 & 0xDF) })
        continue
      }
      #expect(Slug.make(slug) == slug && slug.utf8.count <= Slug.limit)
      #expect(!slug.hasPrefix("-") && !slug.hasSuffix("-") && !slug.contains("--"))
      #expect(try Address(validating: slug).text == slug)
    }
    #expect(Slug.make(String(repeating: "|", count: 1_000_000)) == nil)
    let long = String(repeating: "a-", count: 500_000)
    #expect(Slug.make(long) == String(repeating: "a-", count: 19) + "a")
  }
}
