import Mesh
import TestSupport
import Testing

@Suite("Access lists: properties of random lists and patterns")
struct AccessPropertyTests {
  private static let items = [
    "none", "@self", "@mesh", "host:hub", "host:hub-dev", "host:me", "host:evil", "hub-*", "hub-x",
    "hub-?",
    "hub-dev-*", "worker-1-*", "me-*", "key:\(AccessCase.key)", "key:\(AccessCase.otherKey)", "*",
    "evil-*",
    "host:*", "hub_", "",
  ]

  private static let senders = [
    "me-x", "me", "hub-x", "hub-y", "hub-dev-x", "hub-dev", "worker-1-x",
  ]

  private static func list(_ random: inout SeededGenerator) -> [String] {
    (0..<random.below(5)).map { _ in
      (random.chance(3) ? "!" : "") + random.pick(items, else: "none")
    }
  }

  private static func sender(_ random: inout SeededGenerator) throws -> AccessCase {
    try AccessCase(
      random.pick(senders, else: "me"), key: random.chance(2) ? AccessCase.key : AccessCase.otherKey
    )
  }

  @Test("A list admits as the grammar's words say, and its order does not matter", arguments: 0..<4)
  func model(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<400 {
      let (list, sender) = (Self.list(&random), try Self.sender(&random))
      let text = list.joined(separator: random.pick([",", " ", ", ", "\t"], else: ","))
      let isAdmitted = sender.isAdmitted(by: text)
      let parsed = try? AllowList(parsing: text, hosts: AccessCase.hosts)
      let covering = (parsed?.items ?? []).filter { sender.isCovered(by: $0) }
      let expected = covering.contains { !$0.refuses } && !covering.contains { $0.refuses }
      #expect(isAdmitted == expected, "\(text): \(sender.address)")
      let shuffled = list.shuffled(using: &random).joined(separator: ",")
      #expect(sender.isAdmitted(by: shuffled) == isAdmitted, "\(text) \(shuffled)")
    }
  }

  @Test(
    "One more refusal never admits, one more item never refuses unless it refuses", arguments: 0..<4
  )
  func monotone(seed: UInt64) throws {
    var random = SeededGenerator(seed: 10 + seed)
    for _ in 0..<400 {
      let (list, sender) = (Self.list(&random), try Self.sender(&random))
      let before = sender.isAdmitted(by: list.joined(separator: ","))
      let item = random.pick(Self.items, else: "none")
      if sender.isAdmitted(by: (list + ["!" + item]).joined(separator: ",")) { #expect(before) }
      let good = (try? AllowList(parsing: item, hosts: AccessCase.hosts)) != nil
      let after = sender.isAdmitted(by: (list + [item]).joined(separator: ","))
      if before { #expect(after == good) }
      // A list that only refuses admits nobody.
      let refusals = list.map { $0.hasPrefix("!") ? $0 : "!" + $0 }.joined(separator: " ")
      #expect(!sender.isAdmitted(by: refusals))
    }
  }

  @Test("Levels and ceilings never admit more than the nearest list does", arguments: 0..<4)
  func narrowing(seed: UInt64) throws {
    var random = SeededGenerator(seed: 20 + seed)
    func some() -> String? {
      random.chance(2) ? nil : Self.list(&random).joined(separator: ",")
    }
    for _ in 0..<400 {
      let sender = try Self.sender(&random)
      let levels = AllowLevels(
        pane: some(), window: some(), sessions: [some(), some()], global: [some(), some()],
        server: some())
      let ceiling = Ceiling(allow: some(), deny: some())
      let open = sender.ask(levels).isAdmitted
      if sender.ask(levels, [ceiling]).isAdmitted { #expect(open) }
      if let nearest = levels.pane ?? levels.window {
        #expect(open == sender.isAdmitted(by: nearest))
      } else if open {
        let lists = (levels.sessions + levels.global).compactMap { $0 }
        #expect(lists.isEmpty ? sender.isSelf : lists.contains { sender.isAdmitted(by: $0) })
      }
      var withoutServer = levels
      withoutServer.server = nil
      #expect(sender.ask(withoutServer).isAdmitted == open)
    }
  }

  @Test("Any text is a list or none, without harm", arguments: 0..<4)
  func junk(seed: UInt64) throws {
    var random = SeededGenerator(seed: 30 + seed)
    for _ in 0..<500 {
      let text = random.text("@selfmhub-*?!,: \tkeynoé\u{301}\u{0}\u{1F468}", 0...30)
      guard let list = try? AllowList(parsing: text, hosts: AccessCase.hosts) else { continue }
      #expect(
        list.items.allSatisfy { text.contains($0.text) && $0.text.hasPrefix("!") == $0.refuses })
    }
  }

  // MARK: - Patterns

  /// The simplest way to match `*` and `?`.
  private static func naive(_ pattern: Substring, _ text: Substring) -> Bool {
    guard let first = pattern.first else { return text.isEmpty }
    if first == "*" {
      return naive(pattern.dropFirst(), text) || (!text.isEmpty && naive(pattern, text.dropFirst()))
    }
    guard let letter = text.first, first == "?" || first == letter else { return false }
    return naive(pattern.dropFirst(), text.dropFirst())
  }

  @Test("Patterns match as a naive matcher says", arguments: 0..<6)
  func globs(seed: UInt64) throws {
    var random = SeededGenerator(seed: 40 + seed)
    var matched = 0
    for _ in 0..<400 {
      let pattern = "hub-" + random.text("ab**?", 0...8)
      let text = "hub-" + random.text("ab", 0...8)
      let expected = Self.naive(pattern[...], text[...])
      #expect(try AccessCase(text).isAdmitted(by: pattern) == expected, "\(pattern) on \(text)")
      matched += expected ? 1 : 0
    }
    #expect((40..<360).contains(matched))
  }

  @Test("Patterns made to take for ever take no time", .timeLimit(.minutes(1)))
  func evilPatterns() throws {
    let longest = try AccessCase("hub-" + String(repeating: "a", count: 156))
    let evil = [
      "hub-" + String(repeating: "*a", count: 64) + "b",
      "hub-" + String(repeating: "*", count: 2000) + "b",
      "hub-" + String(repeating: "a*", count: 64) + "?b",
      "hub-" + String(repeating: "*?", count: 64) + "b",
      "hub-" + String(repeating: "?*a*", count: 64) + "b",
    ]
    let clock = ContinuousClock()
    let time = clock.measure {
      for pattern in evil {
        #expect(!longest.isAdmitted(by: pattern), "\(pattern)")
        #expect(
          longest.isAdmitted(by: String(pattern.dropLast() + "*").replacing("?b", with: "*"))
            || pattern.contains("?"))
      }
      let many = [String](repeating: "hub-" + String(repeating: "*a", count: 12) + "b", count: 64)
      #expect(!longest.isAdmitted(by: many.joined(separator: ",")))
    }
    #expect(time < .seconds(20))
  }
}
