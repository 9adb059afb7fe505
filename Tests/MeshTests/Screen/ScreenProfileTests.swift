@testable import Mesh
import Testing

@Suite("Screen: profiles as data")
struct ScreenProfileTests {
  private let agent = """
    profile 1
    # mine
    name my-agent
    kind agent
    process my-agent
    prompt "λ "
    above rule
    below blanks rule
    """

  @Test("a profile is a few lines")
  func parses() throws {
    let text =
      agent
      + "\nplaceholder \"Say \\\"hi\\\" \\\\ \\u{2026}\"\nchunk-characters 700\nbrackets yes\n"
    let profile = try Profile.parse(text)
    #expect(profile.name == "my-agent")
    #expect(profile.composer.below == [.blanks, .rule])
    #expect(profile.composer.placeholders == [Glob("Say \"hi\" \\ …")])
    #expect(profile.typing.chunkCharacters == 700)
    #expect(profile.typing.brackets)
  }

  @Test(
    "what is not understood is refused with its line",
    arguments: [
      ("", 1, ProfileError.Problem.version), ("profile 2", 1, .version),
      ("profile 1\r", 1, .version),
      ("profile 1\nname", 2, .syntax), ("profile 1\nname \"a", 2, .syntax),
      ("profile 1\nname \"a\\n\"", 2, .syntax), ("profile 1\nname \"\"", 2, .syntax),
      ("profile 1\nname a b", 2, .syntax), ("profile 1\nprocess a \"\"", 2, .syntax),
      ("profile 1\nname a\u{7}", 2, .syntax),
      ("profile 1\nprompt \"\\u{7}\"", 2, .syntax),
      ("profile 1\nprompt \"\\u{110000}\"", 2, .syntax),
      ("profile 1\nname \"a\"b", 2, .syntax), ("profile 1\n\nregex x", 3, .unknownKey),
      ("profile 1\nname A", 2, .badValue), ("profile 1\nkind boss", 2, .badValue),
      ("profile 1\nabove wall", 2, .badValue), ("profile 1\nsettle 2001", 2, .badValue),
      ("profile 1\nsettle -1", 2, .badValue), ("profile 1\nechoes maybe", 2, .badValue),
      ("profile 1\nname a\nname b", 3, .repeated), ("profile 1\nname a", 2, .missingKind),
      ("profile 1\nkind shell", 2, .missingName),
      ("profile 1\nname a\nkind shell", 3, .missingProcess),
      ("profile 1\nname a\nkind agent\nprocess a", 4, .missingComposer),
      ("profile 1\nname a\nkind shell\nprocess a\nprompt x", 5, .agentOnly),
      (
        "profile 1\nname a\nkind agent\nprocess a\nprompt \"$ \"\nabove blank\nbelow blank", 7,
        .shellPrompt
      ),
      (
        "profile 1\nname a\nkind agent\nprocess a\nprompt \">>> \"\nabove blank\nbelow blank", 7,
        .shellPrompt
      ),
    ])
  func refused(_ text: String, _ line: Int, _ problem: ProfileError.Problem) {
    #expect(throws: ProfileError(line: line, problem: problem)) { try Profile.parse(text) }
  }

  @Test("long ones are refused, cut ones never trap")
  func bounds() {
    #expect(throws: ProfileError.self) {
      try Profile.parse("profile 1\n" + String(repeating: "#", count: 40000))
    }
    #expect(throws: ProfileError.self) {
      try Profile.parse(agent + String(repeating: "\nprompt x", count: 300))
    }
    for end in agent.indices { _ = try? Profile.parse(String(agent[..<end])) }
  }

  @Test("every shipped profile parses, and each kind is there")
  func shipped() {
    let all = Profile.all()
    let names = Set(all.map(\.name))
    #expect(names.count == all.count)
    for name in [
      "claude-code", "codex", "mistral-vibe", "aider", "gemini-cli", "opencode", "shell", "python",
      "ipython", "node", "sqlite", "psql", "database", "interpreter", "client", "full-screen",
      "reader",
    ] { #expect(names.contains(name), "\(name) does not parse") }
    #expect(Set(all.map(\.kind)) == Set(Profile.Kind.allCases))
  }

  @Test("a user's profile replaces an agent, and takes nothing from shells")
  func override() throws {
    let mine = try Profile.parse(agent.replacing("my-agent", with: "codex"))
    #expect(Profile.all(user: [mine]).count { $0.name == "codex" } == 1)
    let shell = try Profile.parse(
      agent.replacing("name my-agent", with: "name shell").replacing(
        "process my-agent", with: "process *"))
    let profiles = Profile.all(user: [shell])
    #expect(profiles.count { $0.name == "shell" } == 2)
    let bash = Drawn.ruled(prompt: "λ ").with { $0.foreground = [Executable(path: "/bin/bash")] }
    #expect(bash.read(profiles: [shell]).state == .shellPrompt)
    let ssh = bash.with { $0.foreground = [Executable(path: "/usr/bin/ssh")] }
    #expect(ssh.read(profiles: profiles).state == .shellPrompt)
    let python = bash.with { $0.foreground = [Executable(path: "/usr/bin/python3.11")] }
    #expect(python.read(profiles: profiles).state == .shellPrompt)
  }

  @Test("a new program needs a profile and nothing else")
  func newProgram() throws {
    let mine = try Profile.parse(agent)
    let drawn = Drawn.ruled(prompt: "λ ").with {
      $0.foreground = [Executable(path: "/opt/my-agent")]
    }
    #expect(drawn.read().state == .unknown)
    #expect(drawn.read(profiles: Profile.all(user: [mine])).state == .ready)
  }

  @Test(
    "globs know * and ? and no other sign",
    arguments: [
      ("◐*", "◐ x", true), ("a?c", "abc", true), ("a?c", "ac", false), ("[ ? ] *", "[ ! ] y", true),
      ("*", "", true), ("", "", true), ("", "x", false), ("a*b*c", "a--b--b-c", true),
      ("a*b", "a--c", false),
      ("[ab]", "a", false), (".*", "x", false),
    ])
  func globs(_ pattern: String, _ text: String, _ fits: Bool) {
    #expect(Glob(pattern).matches(text) == fits)
  }
}
