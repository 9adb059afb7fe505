#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import TestSupport
import Testing

/// What `--json` prints is what agent-mesh-json(7) says, for every command; scripts rely on it.
@Suite struct GoldenJSONTests {
  private static let id = "abcdefghijklmnopqrstuvwxya"

  /// A section of the page, and a command line whose output it describes. No section: what has to be so for the next ones.
  private static let lines: [(section: String?, line: String)] = [
    ("notify-pane AGENT TEXT", "notify-pane --json --id \(id) bob-main-cat hi"),
    ("notify-pane AGENT TEXT", "notify-pane --json bob-main-cta hi"),
    ("notify-pane AGENT TEXT", "notify-pane --json bob-main-cat --file note.txt"),
    ("notify-pane AGENT TEXT", "notify-pane --json nobody hi"),
    ("notify-pane AGENT TEXT", "notify-pane --json alice-main-cat --file note.txt here"),
    ("notify-pane AGENT TEXT", "notify-pane --json --nonsense"),
    ("notify-pane --list", "notify-pane --json --list"),
    ("notify-pane --whoami", "notify-pane --json --whoami"),
    ("notify-pane --dry-run", "notify-pane --json --dry-run alice-main-cat --file note.txt"),
    ("notify-pane --dry-run", "notify-pane --json --dry-run bob-main-cat hi"),
    ("notify-pane --status", "notify-pane --json --status \(id)"),
    ("notify-pane --status", "notify-pane --json --status aaaaaaaaaaaaaaaaaaaaaaaaaa"),
    ("notify-pane --verify", "notify-pane --json --verify abcdefgh --export proof"),
    ("notify-pane --verify", "notify-pane --json --verify aaaaaaaa"),
    ("agent-mesh list", "agent-mesh list --json"),
    ("agent-mesh ask", "agent-mesh ask --json bob-main-none well?"),
    ("agent-mesh status", "agent-mesh status --json"),
    ("agent-mesh ping", "agent-mesh ping --json bob"),
    ("agent-mesh inbox", "agent-mesh inbox --json"),
    ("agent-mesh look", "agent-mesh look --json alice-main-cat"),
    ("agent-mesh look", "agent-mesh look --json alice-main-none"),
    ("agent-self-identify", "agent-self-identify -t main:cat --role reader --json"),
    ("agent-discover", "agent-discover --json"),
    ("sync-agent-registry", "sync-agent-registry --json"),
    ("agent-mesh doctor", "agent-mesh doctor --json"),
    ("agent-mesh off", "agent-mesh off --json"),
    ("agent-mesh setup", "agent-mesh setup --json gemini"),
    ("agent-mesh setup", "agent-mesh setup --json gemini --write"),
    ("agent-mesh timer status", "agent-mesh timer status --json"),
    ("agent-mesh timer install", "agent-mesh timer install --cron --json"),
    ("agent-mesh timer status", "agent-mesh timer status --json"),
    ("agent-mesh timer remove", "agent-mesh timer remove --cron --json"),

    (
      nil,
      "tmux copy-mode -t main:cat && notify-pane --queue --id \(id.dropLast())q alice-main-cat a"
    ),
    ("agent-mesh queue list", "agent-mesh queue --json"),
    ("agent-mesh drain", "agent-mesh drain --json"),
    ("agent-mesh queue retry", "agent-mesh queue retry --json abcdefgh"),
    ("agent-mesh queue cancel", "agent-mesh queue cancel --json abcdefgh"),
    ("agent-mesh queue cancel", "agent-mesh queue cancel --json abcdefgh"),
    (
      nil,
      "notify-pane --queue --id \(id.dropLast())i alice-main-cat b && tmux send-keys -t main:cat -X cancel"
    ),
    ("agent-mesh queue retry", "agent-mesh queue retry --json abcdefgh"),

    ("agent-mesh acl check", "agent-mesh acl check --json bob alice-main-cat"),
    (
      nil,
      "tmux set -w -t main:cat @agent-allow 'host:bob' && tmux new-window -d -n odd -t main cat && agent-discover && tmux set -w -t main:odd @agent-allow '!!'"
    ),
    ("agent-mesh acl explain", "agent-mesh acl explain --json alice-main-cat"),
    ("agent-mesh acl lint", "agent-mesh acl lint --json"),
    ("agent-mesh acl keep", "agent-mesh acl keep --json"),
    ("agent-mesh acl explain", "agent-mesh acl explain --json alice-main-cat"),

    ("agent-mesh log", "agent-mesh log --json -n 100"),
    ("agent-mesh log --check", "agent-mesh log --check --json"),
    ("agent-mesh log --head", "agent-mesh log --head --json"),
    (nil, "sed -i 2d .agents/log/messages.jsonl"),
    ("agent-mesh log --check", "agent-mesh log --check --json"),

    ("agent-keys init", "agent-keys init --json"),
    ("agent-keys list", "agent-keys list --json"),
    ("agent-keys show", "agent-keys show --json bob"),
    ("agent-keys ssh-line", "agent-keys ssh-line --json bob .ssh/id_ed25519.pub"),
    ("agent-keys export", "agent-keys export --json"),
    ("agent-keys trust", "agent-keys trust --json bob"),
    ("agent-keys rotate", "agent-keys rotate --json"),
    ("agent-keys rotate", "agent-keys rotate --seal --json"),
    ("agent-keys revoke", "agent-keys revoke --json --prepare revocation.txt"),
    ("agent-keys revoke", "agent-keys revoke --json bob"),
    ("agent-keys distrust", "agent-keys distrust --json bob"),
    ("agent-keys distrust", "agent-keys distrust --json --forget bob"),
  ]

  /// Sections that another test reads, because it takes more than a command: two programs, a third host. What waits may
  /// be delivered by the process that waits for the pane before it is tried again.
  private static let elsewhere: Set<String> = [
    "All objects", "Errors", "Without --json", "agent-mesh deploy", "agent-mesh ask",
    "agent-mesh queue retry",
  ]

  /// Keys for which something has to be broken that these tests do not break.
  private static let rare: Set<String> = [
    "hosts[].failure", "hosts[].failed", "via", "profile", "kind", "body", "rule", "peers[].reason",
    "peers[].error", "peers[].hint", "ceilings[].deny", "until", "reported.status",
    "reported.waitingFor", "agents[].reported.status", "agents[].reported.waitingFor",
  ]

  @Test("What --json prints has the keys that the manual says")
  func keys() async throws {
    let page = try JSONPage()
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox, ["alice", "bob"])
      let alice = try mesh.hosts["alice"]
      try Files.write(alice.home + "/note.txt", "a note\n")
      try Files.write(alice.home + "/bin/crontab", Self.crontab, mode: 0o755)
      var seen: [String: Set<String>] = [:]
      for (section, line) in Self.lines {
        let ran = try await alice.run("sh", ["-c", line])
        guard let section else {
          #expect(ran.status == 0, "\(line): \(ran)")
          continue
        }
        #expect(!ran.out.isEmpty, "\(line): \(ran)")
        seen[section, default: []].formUnion(try page.expect(ran.text, section))
      }
      for (section, keys) in page.sections where !Self.elsewhere.contains(section) {
        let missing = Set(keys.keys).subtracting(seen[section] ?? []).subtracting(Self.rare)
        #expect(missing.isEmpty, "\(section): no command printed \(missing.sorted())")
      }
    }
  }

  private static let crontab = """
    #!/bin/sh
    case $1 in
      -l) cat "$HOME/table" 2>/dev/null || { echo "no crontab for you" >&2; exit 1; } ;;
      -) cat >"$HOME/table" ;;
    esac

    """

  private struct Dump: Decodable { var command: Command }
  private struct Command: Decodable {
    struct Argument: Decodable { var names: [Name]? }
    struct Name: Decodable { var name: String }
    var commandName: String
    var arguments: [Argument]?
    var subcommands: [Command]?

    /// The commands that do something, and whether they take `--json`.
    func leaves(_ above: String = "") -> [(name: String, json: Bool)] {
      let own = above.isEmpty ? commandName : "\(above) \(commandName)"
      let below = (subcommands ?? []).filter { $0.commandName != "help" }
      guard below.isEmpty else { return below.flatMap { $0.leaves(own) } }
      let names = (arguments ?? []).flatMap { ($0.names ?? []).map(\.name) }
      return [(own, names.contains("json"))]
    }
  }

  private static let withoutJSON: Set<String> = [
    "agent-mesh agent-hook", "agent-mesh graph", "agent-mesh pick",
  ]

  @Test("Every command has --json, and a section in the manual")
  func everyCommand() async throws {
    let page = try JSONPage()
    try await Sandbox.with { sandbox in
      let dump = try await sandbox.must("agent-mesh", ["--experimental-dump-help"])
      let leaves = try JSONDecoder().decode(Dump.self, from: Data(dump.utf8)).command.leaves()
      #expect(leaves.count > 30)
      for (name, json) in leaves {
        // The page calls a command as people do: `agent-keys list`.
        let words = name.split(separator: " ").map(String.init)
        let called =
          Programs.names.contains(words[1]) ? words.dropFirst().joined(separator: " ") : name
        if called.hasPrefix("agent-register-hook") || Self.withoutJSON.contains(called) {
          #expect(!json, "\(called) is said to have no --json")
          continue
        }
        #expect(json, "\(called) has no --json")
        let hasSection = page.sections.keys.contains { $0 == called || $0.hasPrefix(called + " ") }
        #expect(hasSection, "\(called) is in no section of agent-mesh-json(7)")
      }
    }
  }
}
