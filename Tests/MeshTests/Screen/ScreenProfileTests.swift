@testable import Mesh
import Testing

@Suite("Screen: profiles as data")
struct ScreenProfileTests {
  private let agent = """
    # mine
    kind = "agent"
    process = "my-agent"
    prompt = "λ "
    above = "rule"
    below = ["blanks", "rule"]
    """

  private func parse(_ text: String, _ name: String = "my-agent") throws(ProfileError) -> Profile {
    try Profile(parsing: Array(text.utf8), name: name)
  }

  @Test("a profile is a few lines")
  func parses() throws {
    let profile = try parse(
      agent
        + "\nplaceholder = \"Say \\\"hi\\\" \\\\ \\u2026\"\nchunk_characters = 700\nbrackets = true\n"
    )
    #expect(profile.name == "my-agent")
    #expect(profile.composer.below == [.blanks, .rule])
    #expect(profile.composer.placeholders == [Glob("Say \"hi\" \\ …")])
    #expect(profile.typing.chunkCharacters == 700)
    #expect(profile.typing.brackets)
  }

  @Test(
    "what is not understood is refused with its key or line",
    arguments: [
      ("", ProfileError.missing("kind")), ("profile 1", .toml(.line(1, "a key without its ="))),
      ("kind = \"shell\"\nprocess = \"a\"\nregex = \"x\"", .value("regex")),
      ("kind = \"boss\"", .value("kind")), ("kind = [\"agent\", \"repl\"]", .value("kind")),
      ("kind = \"agent\"\n[more]\nprompt = \"x\"", .value("sections")),
      ("process = \"\"", .value("process")), ("process = []", .value("process")),
      ("process = 1", .value("process")), ("prompt = \"a\\u0007\"", .value("prompt")),
      ("above = \"wall\"", .value("above")), ("settle = 2001", .value("settle")),
      ("settle = -1", .value("settle")), ("settle = \"1\"", .value("settle")),
      ("echoes = \"maybe\"", .value("echoes")), ("process = \"a\"", .missing("kind")),
      ("kind = \"shell\"", .missing("process or script")),
      ("kind = \"agent\"\nprocess = \"a\"", .missing("prompt")),
      ("kind = \"shell\"\nprocess = \"a\"\nright = \"x\"", .agentOnly),
      (
        "kind = \"agent\"\nprocess = \"a\"\nprompt = \"$ \"\nabove = \"blank\"\nbelow = \"blank\"",
        .shellPrompt
      ),
      (
        "kind = \"agent\"\nprocess = \"a\"\nprompt = \">>> \"\nabove = \"blank\"\nbelow = \"blank\"",
        .shellPrompt
      ),
    ])
  func refused(_ text: String, _ error: ProfileError) {
    #expect(throws: error) { try parse(text) }
    #expect(!error.description.isEmpty)
  }

  @Test("a file whose name is no profile's name is refused")
  func names() {
    #expect(throws: ProfileError.name) { try parse(agent, "My Agent") }
    #expect(throws: ProfileError.name) { try parse(agent, "") }
  }

  @Test("long ones are refused, cut ones never trap")
  func bounds() {
    #expect(throws: ProfileError.toml(.tooLarge)) {
      try parse(String(repeating: "#", count: 40000))
    }
    let many = (0..<300).map { "\"p\($0)\"" }.joined(separator: ", ")
    #expect(throws: ProfileError.value("process")) {
      try parse("kind = \"shell\"\nprocess = [\(many)]")
    }
    for end in agent.indices { _ = try? parse(String(agent[..<end])) }
  }

  @Test("every shipped profile parses, and each kind is there")
  func shipped() {
    let all = Profile.all()
    let names = Set(all.map(\.name))
    #expect(names.count == all.count)
    for name in [
      "claude-code", "codex", "mistral-vibe", "aider", "gemini-cli", "opencode", "llm-chat",
      "open-interpreter", "fast-agent",
      "shell", "python",
      "ipython", "node", "sqlite", "psql", "database", "interpreter", "client", "full-screen",
      "reader",
    ] { #expect(names.contains(name), "\(name) does not parse") }
    #expect(Set(all.map(\.kind)) == Set(Profile.Kind.allCases))
  }

  @Test("a user's profile replaces an agent, and takes nothing from shells")
  func override() throws {
    let mine = try parse(agent, "codex")
    #expect(Profile.all(user: [mine]).count { $0.name == "codex" } == 1)
    let shell = try parse(agent.replacing("\"my-agent\"", with: "\"*\""), "shell")
    let profiles = Profile.all(user: [shell])
    #expect(profiles.count { $0.name == "shell" } == 2)
    let bash = Drawn.ruled(prompt: "λ ").with { $0.foreground = [Executable(path: "/bin/bash")] }
    #expect(bash.read(profiles: [shell]).state == .shellPrompt)
    let ssh = bash.with { $0.foreground = [Executable(path: "/usr/bin/ssh")] }
    #expect(ssh.read(profiles: profiles).state == .shellPrompt)
    let python = bash.with { $0.foreground = [Executable(path: "/usr/bin/python3.11")] }
    #expect(python.read(profiles: profiles).state == .shellPrompt)
  }

  @Test(
    "a person's own profile makes an agent of an interpreter that it names, where the screen agrees"
  )
  func ownInterpreter() throws {
    let mine = try parse(agent.replacing("\"my-agent\"", with: "[\"my-agent\", \"python3*\"]"))
    let profiles = Profile.all(user: [mine])
    func read(_ drawn: Drawn, _ path: String) -> Reading {
      drawn.with { $0.foreground = [Executable(path: path)] }.read(profiles: profiles)
    }
    let drawn = Drawn.ruled(prompt: "λ ")
    #expect(read(drawn, "/usr/bin/python3.11").profile?.name == "my-agent")
    #expect(read(drawn, "/usr/bin/python3.11").state == .ready)
    #expect(read(.plain(prompt: ">>> "), "/usr/bin/python3.11").state == .shellPrompt)
    #expect(read(drawn, "/usr/bin/node").state == .shellPrompt)
    let shell = try parse(agent.replacing("\"my-agent\"", with: "\"bash\""))
    let bash = drawn.with { $0.foreground = [Executable(path: "/bin/bash")] }
    #expect(bash.read(profiles: Profile.all(user: [shell])).state == .shellPrompt)
  }

  @Test("a new program needs a profile and nothing else")
  func newProgram() throws {
    let mine = try parse(agent)
    let drawn = Drawn.ruled(prompt: "λ ").with {
      $0.foreground = [Executable(path: "/opt/my-agent")]
    }
    #expect(drawn.read().state != .ready)
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
