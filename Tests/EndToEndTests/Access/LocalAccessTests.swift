import Mesh
import MeshCrypto
import TestSupport
import Testing

/// `@agent-allow` at every level of a real server.
@Suite struct LocalAccessTests {
  /// A level, and the options to set there.
  struct Case: Sendable, CustomTestStringConvertible {
    var settings: [[String]]
    var far: Bool
    var own: Bool
    var testDescription: String {
      settings.map { $0.joined(separator: " ") }.joined(separator: "; ")
    }
  }

  static let cases = [
    Case(settings: [], far: false, own: true),
    Case(settings: [["-g", "@mesh"]], far: true, own: true),
    Case(settings: [["-g", ""]], far: false, own: false),
    Case(settings: [["-g", "none"]], far: false, own: false),
    Case(settings: [["-gw", "host:far"]], far: true, own: false),
    Case(settings: [["-g", "@mesh"], ["-gw", "@self"]], far: false, own: true),
    Case(settings: [["-s", "@mesh"]], far: false, own: true),
    Case(settings: [["-s", "none"], ["-g", "@mesh"]], far: true, own: true),
    Case(settings: [["session", "host:far"]], far: true, own: false),
    Case(settings: [["session", "@self"], ["-g", "@mesh"]], far: false, own: true),
    Case(settings: [["window", "far-a-*"], ["session", "none"]], far: true, own: false),
    Case(settings: [["pane", ""], ["window", "@mesh"]], far: false, own: false),
    Case(
      settings: [["pane", "@mesh"], ["window", "none"], ["-g", "none"]], far: true, own: true),
    Case(settings: [["pane", "@mesh !far-a-b"]], far: false, own: true),
    Case(settings: [["pane", "!far-a-b"]], far: false, own: false),
    Case(settings: [["pane", "@mesh,!host:far"]], far: false, own: true),
    Case(settings: [["pane", "fa*"]], far: false, own: false),
    Case(settings: [["pane", "*"]], far: false, own: false),
    Case(settings: [["pane", "far-*"]], far: true, own: false),
    Case(settings: [["pane", "far-?-b @self"]], far: true, own: true),
    Case(settings: [["pane", "far-b-*"]], far: false, own: false),
    Case(settings: [["pane", "@mesh nonsense("]], far: false, own: false),
    Case(settings: [["pane", "@mesh #(touch x)"]], far: false, own: false),
    Case(settings: [["pane", String(repeating: "@mesh ", count: 65)]], far: false, own: false),
    Case(
      settings: [["pane", String(repeating: " ", count: 2049) + "@mesh"]], far: false, own: false),
  ]

  @Test func everyLevelHasItsSay() async throws {
    try await LocalBadInputTests.with { mesh, far, cat in
      for item in Self.cases {
        for flags in [["-p"], ["-w"], []] { try await unset(flags + ["-t", cat.pane.id], mesh) }
        for flags in [["-g"], ["-gw"], ["-s"]] { try await unset(flags, mesh) }
        for setting in item.settings {
          let place =
            switch setting[0] {
            case "pane": ["-p", "-t", cat.pane.id]
            case "window": ["-w", "-t", cat.pane.id]
            case "session": ["-t", "main:"]
            default: [setting[0]]
            }
          try await mesh.tmux.call(["set-option"] + place + ["--", "@agent-allow", setting[1]])
        }
        let letter = try LocalBadInputTests.letter(mesh, far)
        let answer = try await mesh.deliver(letter, by: far)
        // The global level alone does not let another host type into an unknown program.
        let typed = item.settings.contains { $0[0].hasPrefix("-g") } && item.settings.count < 3
        let good = typed ? "shown -" : "submitted -"
        #expect(
          answer.verdict == (item.far ? good : "refused denied"), "\(item): \(answer.verdict)")
        if !item.far {
          // A refused sender learns only that.
          #expect(answer.receipt?.to == nil)
        }
        let own = try await mesh.send("hub-main-sink", "x")
        #expect(own.status == (item.own ? 0 : 5), "\(item): \(own)")
        if !item.own { #expect(own.errorText.contains("nothing was typed")) }
      }
      #expect(try mesh.log.allSatisfy { $0.rule != nil })
    }
  }

  private func unset(_ flags: [String], _ mesh: LocalMesh) async throws {
    try await mesh.tmux.call(["set-option", "-qu"] + flags + ["@agent-allow"])
  }

  @Test func aWindowInTwoSessionsTakesTheStricter() async throws {
    try await LocalBadInputTests.with { mesh, far, cat in
      _ = try await mesh.tmux.session("other")
      try await mesh.tmux.call(["set-option", "-pu", "-t", cat.pane.id, "@agent-allow"])
      let window = try await cat.pane.format("#{window_id}")
      try await mesh.tmux.call(["link-window", "-d", "-s", window, "-t", "other:7"])
      try await mesh.tmux.set("-t", "main:", "@agent-allow", "host:far")
      func verdict(_ to: String) async throws -> String {
        try await mesh.deliver(
          try Letter(from: "far-a-b", of: far.host, to: to, in: mesh), by: far
        ).verdict
      }
      // The other session has no list of its own, so `@self` applies.
      #expect(try await verdict("hub-main-sink") == "refused denied")
      #expect(try await verdict("hub-other-sink") == "refused denied")
      try await mesh.tmux.set("-t", "other:", "@agent-allow", "host:far")
      #expect(try await verdict("hub-main-sink") == "submitted -")
      #expect(try await verdict("hub-other-sink") == "submitted -")
      try await mesh.tmux.set("-t", "other:", "@agent-allow", "none")
      #expect(try await verdict("hub-main-sink") == "refused denied")
    }
  }

  @Test func keysAndCeilings() async throws {
    try await LocalBadInputTests.with { mesh, far, cat in
      func verdict() async throws -> String {
        try await mesh.deliver(try LocalBadInputTests.letter(mesh, far), by: far).verdict
      }
      try await cat.pane.set("@agent-allow", "key:\(far.key.publicKey.fingerprint)")
      #expect(try await verdict() == "submitted -")
      try await cat.pane.set("@agent-allow", "key:\(try mesh.key.fingerprint)")
      #expect(try await verdict() == "refused denied")
      try await cat.pane.set("@agent-allow", "@mesh")
      try Files.write(mesh.agents + "/policy.toml", "deny = \"far-a-b\"\n")
      #expect(try await verdict() == "refused denied")
      #expect(try mesh.log.last?.rule == "policy: deny far-a-b")
      try Files.write(mesh.agents + "/policy.toml", "allow = \"@self\"\n")
      #expect(try await verdict() == "refused denied")
      #expect(try await mesh.send("hub-main-sink", "x").status == 0)
      try Files.write(mesh.agents + "/policy.toml", "allow = \"@mesh\"\n")
      #expect(try await verdict() == "submitted -")
    }
  }

  @Test func forceCountsOnlyWhereItIsAllowed() async throws {
    try await LocalMesh.with { mesh in
      // No newline after the prompt: it looks like a draft.
      let pane = try await mesh.tmux.window(
        "drafty", ["sh", "-c", "printf 'half typed'; exec cat"])
      try await pane.waitFor("half typed")
      for forced in [["FORCE_SEND": "1"], [:]] {
        let words =
          forced.isEmpty ? ["--force", "hub-main-drafty", "a"] : ["hub-main-drafty", "a"]
        let ran = try await mesh.run("notify-pane", words, environment: forced)
        #expect(ran.status == 0, "unset: @self may force: \(ran)")
      }
      try await mesh.tmux.call(["respawn-pane", "-k", "-t", pane.id])
      try await pane.wait(for: "the draft alone") { $0.contains("half typed") && !$0.contains("[") }
      let plain = try await mesh.send("hub-main-drafty", "b")
      #expect(plain.status == 3 && plain.errorText.contains("nothing was typed"), "\(plain)")
      try await pane.set("@agent-allow-force", "none")
      let refused = try await mesh.send("--json", "--force", "hub-main-drafty", "c")
      #expect(refused.status == 3, "\(refused)")
      #expect(try JSONAnswer(refused).reason == "draft")
      #expect(try await !pane.capture().contains("[from"))
    }
  }

  @Test func forceOfAnotherHost() async throws {
    try await LocalBadInputTests.with { mesh, far, _ in
      let pane = try await mesh.tmux.window(
        "drafty", ["sh", "-c", "printf 'half typed'; exec cat"])
      try await pane.waitFor("half typed")
      try await pane.set("@agent-allow", "host:far")
      func verdict() async throws -> String {
        var letter = try Letter(from: "far-a-b", of: far.host, to: "hub-main-drafty", in: mesh)
        letter.statement.options.force = true
        return try await mesh.deliver(letter, by: far).verdict
      }
      #expect(try await verdict() == "not-ready draft")
      try await mesh.tmux.set("-s", "@agent-allow-force", "@mesh")
      #expect(try await verdict() == "not-ready draft")
      try await pane.set("@agent-allow-force", "host:far")
      #expect(try await verdict() != "not-ready draft")
    }
  }
}
