import TestSupport
import Testing

/// README.md as its reader takes it. Each block is marked: the lines of `sh` are run here one after the other,
/// `text` shows what the program prints.
@Suite struct ReadmeTests {
  private struct Block {
    let kind: String
    let lines: [String]
  }

  private static func blocks() throws -> [Block] {
    let page = try #require(Files.text(Repository.path("README.md")))
    return page.split(separator: "```", omittingEmptySubsequences: false).enumerated()
      .filter { $0.offset % 2 == 1 }
      .map { _, text in
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        return Block(kind: lines[0], lines: lines.dropFirst().filter { !$0.isEmpty })
      }
  }

  @Test func everyBlockIsMarked() throws {
    let kinds = try Self.blocks().map(\.kind)
    #expect(kinds.count > 8 && Set(kinds) == ["sh", "text"], "\(kinds)")
  }

  @Test func everyLineWorks() async throws {
    let blocks = try Self.blocks()
    try await Sandbox.with { sandbox in
      let reader = try await ReadmeReader(sandbox)
      for line in blocks.filter({ $0.kind == "sh" }).flatMap(\.lines) {
        // The first one is this run; the second wants a person at a terminal.
        if line.hasPrefix("./test.sh") || line.hasPrefix("agent-mesh pick") { continue }
        let ran = try await reader.run(line)
        #expect(ran.status == 0, "\(line): \(ran)")
        if line.hasPrefix("agent-mesh deploy") {
          try await expectScreens(blocks[0].lines, blocks[1].lines, reader)
        }
      }
      // The last line took away what the second had installed.
      #expect(!Files.exists(reader.home + "/bin/notify-pane"))
    }
  }

  /// The first two blocks: a message with its report, and what its recipient gets.
  private func expectScreens(
    _ sent: [String], _ got: [String], _ reader: ReadmeReader
  ) async throws {
    let id = "k3j5x2ab" + String(repeating: "a", count: 18)
    let line = sent[0].replacing("notify-pane ", with: "notify-pane --id \(id) ")
    let ran = try await reader.run(line)
    #expect(ran.text == sent[1], "\(ran)")
    let time = #/@ \S+Z\]/#
    let texts = try await reader.worker.waitForSubmissions()
    #expect(
      texts.map { $0.replacing(time, with: "@ T]") } == got.map { $0.replacing(time, with: "@ T]") }
    )
  }
}

/// Two hosts with an ssh login, tmux, and an agent in a window `claude` each; a folder as an archive of a release
/// unpacks to.
private struct ReadmeReader {
  let home: String
  /// Where the lines are run; its window is called `codex`.
  private let shell: Pane
  private let other: Pane
  private let claude: Recipient
  /// The agent on the second host.
  let worker: Recipient
  private let folder: String

  init(_ sandbox: Sandbox) async throws {
    let hosts = try await LoopbackHosts(sandbox, ["hub", "worker-1"])
    home = try hosts["hub"].home
    folder = home + "/agent-mesh"
    try await sandbox.must("mkdir", ["-p", folder + "/bin"])
    for name in [
      "install.sh", "scripts", "tmux", "systemd", "man", "skills", "keys", "agent-mesh.tmux",
    ] { try await sandbox.must("cp", ["-R", Repository.path(name), folder]) }
    try Files.link(folder + "/bin/agent-mesh", to: Programs.agentMesh)
    for name in ["report.pdf", "secret-question.txt"] {
      try Files.write("\(folder)/\(name)", "numbers\n")
    }
    var (agents, shells): ([Recipient], [Pane]) = ([], [])
    for host in hosts.all {
      for name in Programs.names { Files.remove("\(host.home)/bin/\(name)") }
      try Files.makeDirectory(host.home + "/.agents")
      try Files.makeDirectory(host.home + "/.agents/profiles")
      try Files.write(host.home + "/.agents/self.conf", host.name + "\n")
      try Files.write(
        host.home + "/.agents/profiles/test-recipient.toml", DeliveryBench.profile())
      let tmux = try await host.tmux(session: "dev", window: "codex")
      shells.append(try await tmux.first())
      agents.append(try await Recipient.start(in: tmux, window: "claude", session: "dev"))
    }
    (shell, claude, worker) = (shells[0], agents[0], agents[1])
    other = try await shell.server.window("tests", session: "dev")
  }

  /// Runs a line in the first window, after what the page takes for granted.
  func run(_ line: String) async throws -> Ran {
    if line.contains("--reply ") { try await must(other, "notify-pane hub-dev-codex hello") }
    if line.contains("ask hub-dev-claude") { return try await answered(line) }
    if line.contains("--to-role") {
      try await must(other, "agent-self-identify -t dev:claude --role reviewer")
    }
    if line.contains("--verify") { try await must(other, "notify-pane --status k3j5x2ab") }
    return try await shell.run("sh", ["-c", "cd '\(folder)' && \(line)"], within: .seconds(300))
  }

  private func must(_ pane: Pane, _ line: String) async throws {
    let ran = try await pane.run("sh", ["-c", line])
    #expect(ran.status == 0, "\(line): \(ran)")
  }

  private func answered(_ line: String) async throws -> Ran {
    // The lists of the block above would refuse it.
    try await must(other, "tmux set -wu -t dev:claude @agent-allow")
    try await must(other, "tmux set -g @agent-allow @mesh")
    let before = try await claude.waitForSubmissions().count
    async let asked = shell.run("sh", ["-c", line], within: .seconds(120))
    let texts = try await claude.waitForSubmissions(before + 1)
    let tag = texts.last?.firstMatch(of: #/\[verified ([a-z2-7]{8})/#)?.output.1
    let id = try #require(tag.map(String.init))
    try await eventually("the question to be logged") {
      try await other.run("agent-mesh", ["log", "--id", id]).text.contains(id)
    }
    let answer = "~/bin/notify-pane --in-reply-to \(id) hub-dev-codex none"
    try await must(other, "tmux run-shell 'AGENT_NAME=hub-dev-claude \(answer)'")
    return try await asked
  }
}
