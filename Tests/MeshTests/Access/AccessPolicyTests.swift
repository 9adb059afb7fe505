import Testing

@testable import Mesh
import TestSupport

@Suite("policy.toml")
struct AccessPolicyTests {
  private static func parse(_ text: String) throws(PolicyError) -> Policy {
    try Policy(parsing: Array(text.utf8))
  }

  @Test("All keys, and what they mean")
  func keys() throws {
    let policy = try Self.parse(
      """
      # what an owner may write
      allow = "@mesh !host:evil"
      deny = "hub-x"
      require_seal = ["hub", "worker-1"]
      max_file = 1048576
      inbox_quota = 0
      rate = 60
      rate_sender = 12
      skew = 600
      pinning = "manual"
      log_bodies = true
      """)
    #expect(policy.ceiling == Ceiling(allow: "@mesh !host:evil", deny: "hub-x"))
    #expect(policy.requireSeal == .peers(try ["hub", "worker-1"].map { try Host(validating: $0) }))
    #expect(policy.maxFile == 1 << 20 && policy.inboxQuota == 0)
    #expect(policy.rate == Policy.Rate(host: 60, sender: 12) && policy.skew == 600_000)
    #expect(policy.pinningIsManual && policy.logBodies)
    #expect(try Self.parse("require_seal = true").requireSeal == .always)
    #expect(try Self.parse("require_seal = false").requireSeal == .never)
    #expect(try Self.parse("require_seal = []").requireSeal == .peers([]))
    #expect(try !Self.parse("pinning = \"auto\"").pinningIsManual)
  }

  @Test("Nothing written: the protocol's defaults", arguments: ["", "\n\n", "# nothing\r\n"])
  func defaults(text: String) throws {
    let policy = try Self.parse(text)
    #expect(policy == Policy())
    #expect(policy.maxFile == 2_147_483_648 && policy.inboxQuota == 8_589_934_592)
    #expect(policy.rate == Policy.Rate(host: 600, sender: 120) && policy.skew == 60_000)
    #expect(policy.ceiling == Ceiling() && policy.requireSeal == .never)
    #expect(!policy.pinningIsManual && !policy.logBodies)
  }

  @Test(
    "An unknown key, or a value that a key cannot have, fails the file",
    arguments: [
      "alow = \"@self\"", "Allow = \"@self\"", "\"\" = 1", "allow = 1", "allow = true",
      "allow = [\"@self\"]",
      "deny = []", "require_seal = \"hub\"", "require_seal = 1", "require_seal = [\"*\"]",
      "require_seal = [\"hub\", \"Hub\"]", "require_seal = [\"\"]", "max_file = -1",
      "max_file = \"2G\"",
      "max_file = 4398046511105", "max_file = true", "inbox_quota = -1",
      "inbox_quota = 1125899906842625",
      "rate = -1", "rate = 1000001", "rate = \"600\"", "rate_sender = -1", "rate_sender = 1000001",
      "skew = -1", "skew = 601", "skew = \"60\"", "skew = 9223372036854775807",
      "pinning = \"Manual\"",
      "pinning = \"\"", "pinning = true", "strict = true", "strict = 1", "log_bodies = \"true\"",
      "log_bodies = 0", "reply_hint = 1", "reply_hint = \"off\"",
      "x = -9223372036854775808", "allow-files = \"@self\"", "[policy]\nallow = \"@self\"", "[x]",
      "log_bodies = true\n[more]",
    ])
  func values(text: String) {
    let error = thrown { () throws(PolicyError) in try Self.parse(text) }
    guard let key = error?.name else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(key.utf8.count <= 120)
  }

  @Test(
    "Bad syntax fails the file",
    arguments: [
      "allow", "allow =", "= 1", "allow = @self", "allow = '@self'", "allow = \"@self",
      "log_bodies = yes",
      "log_bodies = True", "log_bodies = true log_bodies = true",
      "log_bodies = true\nlog_bodies = true", "rate = 1.5",
      "rate = 0x10", "rate = 1_000", "rate = 99999999999999999999", "rate = +", "a.b = 1", "[[x]]",
      "[x",
      "[[[a]]", "allow = \"\u{1}\"", "\u{0}", "allow = \"a\nb\"", "\u{FEFF}log_bodies = true",
    ])
  func syntax(text: String) {
    let error = thrown { () throws(PolicyError) in try Self.parse(text) }
    guard case .toml = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("Other bytes than UTF-8, more than 64 KiB, and a stranger's key name do no harm")
  func bytes() throws {
    #expect(throws: PolicyError.self) { try Policy(parsing: [0xFF]) }
    let large = [UInt8](repeating: 10, count: Policy.limit + 1)
    #expect(throws: PolicyError.toml(.tooLarge)) { try Policy(parsing: large) }
    #expect(try Policy(parsing: Array(large.dropLast())) == Policy())
    let error = thrown { () throws(PolicyError) in try Self.parse("\"\\u001b[2J\\u202e\" = 1") }
    guard let key = error?.name else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(!key.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202E })
    var random = SeededGenerator(seed: 1)
    for _ in 0..<1000 {
      _ = try? Policy(parsing: random.bytes(random.below(60)))
      _ = try? Self.parse(random.text("alowdenyrate= \"[]#\n019tru", 0...40))
    }
  }

  @Test("Of two policies the stricter counts")
  func tightened() throws {
    let user = try Self.parse(
      "max_file = 5\nrate = 600\nskew = 600\nlog_bodies = true")
    let system = try Self.parse(
      "max_file = 10\nrate = 10\nrate_sender = 20\nskew = 30\nlog_bodies = false\npinning = \"manual\"\ninbox_quota = 7"
    )
    let both = user.tightened(by: system)
    #expect(both.maxFile == 5 && both.inboxQuota == 7 && both.skew == 30_000)
    #expect(both.rate == Policy.Rate(host: 10, sender: 20))
    #expect(both.pinningIsManual && !both.logBodies)
    #expect(try Self.parse("pinning = \"manual\"").tightened(by: Policy()).pinningIsManual)
    // The access lists are not merged: each of them is asked.
    #expect(both.ceiling == user.ceiling)
  }

  @Test("What a policy does not mention it does not tighten")
  func unmentioned() throws {
    let user = try Self.parse(
      "max_file = 8589934592\ninbox_quota = 99999999999\nrate = 5000\nrate_sender = 900\nskew = 600\nlog_bodies = true"
    )
    for text in ["", "deny = \"host:hub\"", "pinning = \"auto\""] {
      let both = user.tightened(by: try Self.parse(text))
      #expect(both.maxFile == user.maxFile && both.inboxQuota == user.inboxQuota)
      #expect(both.rate == user.rate && both.skew == user.skew && both.logBodies)
    }
    // A default that is set explicitly does tighten; and a ceiling is not a default.
    #expect(user.tightened(by: try Self.parse("skew = 60")).skew == 60_000)
    #expect(
      user.tightened(by: try Self.parse("rate = 600")).rate == Policy.Rate(host: 600, sender: 900))
    #expect(
      try Self.parse("").tightened(by: try Self.parse("max_file = 8589934592")).maxFile == 2 << 30)
    #expect(try user.tightened(by: Self.parse("log_bodies = false")).logBodies == false)
    #expect(try user.tightened(by: Self.parse("")).replyHint)
    #expect(try !user.tightened(by: Self.parse("reply_hint = false")).replyHint)
    #expect(try !Self.parse("reply_hint = false").tightened(by: user).replyHint)
    var changed = Policy()
    changed.maxFile = 1
    #expect(user.tightened(by: changed).maxFile == 1)
  }

  @Test("Who has to seal is the union")
  func sealing() throws {
    let (hub, worker) = (try Host(validating: "hub"), try Host(validating: "worker-1"))
    func joined(_ one: String, _ other: String) throws -> Policy.SealRule {
      try Self.parse("require_seal = \(one)").tightened(by: Self.parse("require_seal = \(other)"))
        .requireSeal
    }
    let all = ["true", "false", "[\"hub\"]", "[\"worker-1\"]", "[]"]
    for one in all {
      for other in all {
        for host in [hub, worker] {
          let wants = one == "true" || other == "true" || (one + other).contains("\"\(host)\"")
          #expect(try joined(one, other).wants(host) == wants, "\(one) \(other) \(host)")
        }
      }
    }
  }
}

extension PolicyError {
  /// The key that is refused, for itself or for its value.
  fileprivate var name: String? {
    switch self {
    case .key(let name), .value(let name): name
    case .toml: nil
    }
  }
}
