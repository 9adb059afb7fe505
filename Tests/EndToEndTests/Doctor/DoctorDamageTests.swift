#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import TestSupport
import Testing

/// Everything that `doctor` looks at, broken on purpose: it finds each, the command that it prints is run as printed, and
/// it is content afterwards.
@Suite struct DoctorDamageTests {
  private struct Found: Decodable, Hashable {
    var state: String
    var subject: String
    var what: String
    var fix: String?
  }

  /// A line that breaks something, and a word of what doctor says of it.
  struct Damage: CustomStringConvertible, Sendable {
    var line: String
    var word: String
    var description: String { line }

    init(_ line: String, _ word: String) { (self.line, self.word) = (line, word) }
  }

  private static let modes = [
    Damage("chmod 755 .agents", ".agents"), Damage("chmod 770 .agents", ".agents"),
    Damage("chmod 777 $HOME", "chmod"), Damage("chmod 750 .agents/keys", "keys"),
    Damage("chmod 644 .agents/keys/sign", "keys/sign"),
    Damage("chmod 644 .agents/keys/seal", "keys/seal"),
    Damage("chmod 666 .agents/keys/allowed_signers", "allowed_signers"),
    Damage("chmod 666 .agents/keys/revoked_keys", "revoked_keys"),
    Damage("chmod 755 .agents/log", "log"), Damage("chmod 755 .agents/state", "state"),
    Damage("chmod 755 .agents/seen", "seen"), Damage("chmod 755 .agents/spool", "spool"),
    Damage("chmod 644 .agents/log/messages.jsonl", "messages.jsonl"),
    Damage("mkdir -p .agent-inbox; chmod 755 .agent-inbox", ".agent-inbox"),
    Damage("umask 022; mkdir .agents/profiles", "profiles"),
    Damage("umask 077; echo >.agents/policy.toml; chmod 666 .agents/policy.toml", "policy.toml"),
  ]

  private static let files = [
    Damage("rm .agents/keys/sign", "no keys"), Damage("rm .agents/keys/seal", "no keys"),
    Damage("rm -r .agents/keys", "no keys"),
    Damage("umask 077; echo nonsense >.agents/keys/sign", "keys/sign"),
    Damage("umask 077; echo nonsense >.agents/keys/seal", "keys/seal"),
    Damage("rm .agents/keys/revoked_keys", "revoked_keys"),
    Damage("echo junk >>.agents/keys/allowed_signers", "allowed_signers"),
    Damage("rm .agents/keys/sign.pub", "sign.pub"),
    Damage("echo x >.agents/keys/sign.pub", "sign.pub"),
    Damage(
      "umask 077; ssh-keygen -q -t ed25519 -N '' -C x -f .agents/keys/sign.next; rm .agents/keys/sign.next.pub",
      "rotation"),
    Damage("agent-keys show | head -1 >>.agents/keys/revoked_keys", "is revoked"),
    Damage("agent-keys export | sed 's/^hub /carol /' >>.agents/keys/allowed_signers", "share"),
    Damage("umask 077; echo 'alow = \"@mesh\"' >.agents/policy.toml", "alow"),
    Damage("umask 077; echo 'rate = \"many\"' >.agents/policy.toml", "rate"),
    Damage("umask 077; echo '[[[a]]' >.agents/policy.toml", "line 1"),
    Damage("echo -rf >>.agents/peers.conf", "line 1"),
    Damage("echo hub >>.agents/peers.conf", "is this account itself"),
    Damage("rm .agents/self.conf", "self.conf is missing"),
    Damage(": >.agents/self.conf", "self.conf"),
    Damage("echo 'No Host' >.agents/self.conf", "self.conf"),
    Damage("echo other >.agents/self.conf", "former name hub"),
    Damage("rm -rf .agent-inbox; ln -s /tmp .agent-inbox", ".agent-inbox"),
    Damage("sed -i '1s/received/sent/' .agents/log/messages.jsonl", "broken"),
    Damage("umask 077; mkdir .agents/profiles; echo 'x = [' >.agents/profiles/a.toml", "a.toml"),
    Damage("rm bin/notify-pane", "bin/notify-pane"), Damage("rm .profile", "PATH"),
  ]

  private static let tmux = [
    Damage(
      "(tmux show-hooks -g; tmux show-hooks -gw) | sed -n 's/\\(.*\\[7700\\]\\).*/\\1/p' | xargs -n1 tmux set-hook -gu",
      "no hooks"),
    Damage(
      "for h in pane-died pane-exited window-renamed; do tmux set-hook -gu \"$h[7700]\"; done",
      "3 of 11 hooks"),
    Damage(
      "pid=$(tmux display-message -p '#{pid}'); tmux kill-server; while kill -0 $pid 2>/dev/null; do sleep 0.01; done",
      "no server"),
    Damage("tmux set -w @agent-allow 'h*'", "@agent-allow"),
    Damage("tmux set -s @agent-allow @mesh", "server level"),
    Damage("tmux set -p -t :0 @agent-via inbox", "@agent-via"),
    Damage(
      "tmux new-window -d; tmux set -p -t :0 @agent-name twin; tmux set -p -t :1 @agent-name twin",
      "holds the address"),
    Damage(
      "tmux new-window -d -n twin; tmux new-window -d -n twin; agent-discover", "holds the address"),
    Damage(
      "mv .agents/log/messages.jsonl .agents/log/kept; mkdir -m 700 .agents/log/messages.jsonl",
      "log"),
  ]

  @Test(
    "What is broken is found, the command that is printed fixes it, and doctor is content afterwards",
    arguments: modes + files + tmux)
  func damage(_ damage: Damage) async throws {
    try await LocalMesh.with { mesh in
      try await prepare(mesh)
      let before = try await doctor(mesh)
      try await mesh.sandbox.must("sh", ["-c", damage.line], environment: mesh.tmux.outside)
      let found = try await doctor(mesh).subtracting(before)
      let meant = found.filter { "\($0.what) \($0.fix ?? "")".contains(damage.word) }
      #expect(!meant.isEmpty, "not found; doctor says \(found)")
      for finding in meant { try await run(finding, mesh) }
      // Mending one thing may show the next: a new server has no hooks yet.
      for _ in 0..<3 {
        for finding in try await doctor(mesh).subtracting(before) { try await run(finding, mesh) }
      }
      let after = try await doctor(mesh).subtracting(before)
      #expect(after.isEmpty, "\(meant) left \(after)")
    }
  }

  /// Runs what doctor prints, as it is printed.
  private func run(_ finding: Found, _ mesh: LocalMesh) async throws {
    let fix = try #require(finding.fix, "nothing to run: \(finding)")
    let ran = try await mesh.sandbox.run("sh", ["-c", fix], environment: mesh.tmux.outside)
    #expect(ran.status == 0, "\(fix): \(ran)")
  }

  @Test("No command that doctor prints takes away a revocation")
  func revocations() async throws {
    try await LocalMesh.with { mesh in
      try await prepare(mesh)
      let file = mesh.agents + "/keys/revoked_keys"
      try Files.write(file, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIdamaged carol\n")
      let meant = try await doctor(mesh).filter {
        "\($0.what) \($0.fix ?? "")".contains("revoked_keys")
      }
      #expect(!meant.isEmpty)
      for finding in meant {
        #expect(finding.fix?.hasPrefix("${EDITOR:-vi} ") == true, "\(finding)")
      }
    }
  }

  @Test("doctor --fix fixes what needs no decision, and nothing else")
  func fix() async throws {
    try await LocalMesh.with { mesh in
      try await prepare(mesh)
      let before = try await doctor(mesh)
      let breaking =
        "chmod 644 .agents/keys/sign; chmod 750 .agents/keys; rm .agents/keys/revoked_keys bin/notify-pane; rm .profile"
      try await mesh.sandbox.must("sh", ["-c", breaking], environment: mesh.tmux.outside)
      for _ in 0..<3 {
        _ = try await mesh.run("agent-mesh", ["doctor", "--fix"])
      }
      let after = try await doctor(mesh).subtracting(before)
      #expect(after.map(\.subject) == ["path"], "\(after)")
    }
  }

  @Test("doctor --security is one page that names keys, bounds and global lists")
  func security() async throws {
    try await LocalMesh.with { mesh in
      try await prepare(mesh)
      try await mesh.tmux.set("-g", "@agent-allow", "@mesh")
      try await mesh.sandbox.must(
        "sh",
        [
          "-c",
          "mkdir -p .ssh; echo 'ssh-ed25519 AAAAC3Nz someone@elsewhere' >>.ssh/authorized_keys",
        ])
      let page = try await mesh.run("agent-mesh", ["doctor", "--security"])
      #expect(page.status == 0, "\(page)")
      for word in ["someone@elsewhere", "messages a minute", "by the global line only"] {
        #expect(page.text.contains(word), "\(word): \(page)")
      }
      #expect(page.text.split(separator: "\n").count < 40)
    }
  }

  /// An account as install.sh leaves it.
  private func prepare(_ mesh: LocalMesh) async throws {
    let snippet = Repository.path("tmux/agent-mesh.conf")
    let lines = """
      mkdir -p .local/share/agent-mesh && cp '\(snippet)' .local/share/agent-mesh/agent-mesh.conf &&
      tmux source-file .local/share/agent-mesh/agent-mesh.conf && umask 077 &&
      echo 'PATH="$HOME/bin:$PATH"' >.profile && : >.agents/peers.conf && agent-discover >/dev/null &&
      { notify-pane hub-main-first one; notify-pane hub-main-first two; true; } && mkdir -p .agents/spool
      """
    try await mesh.sandbox.must("sh", ["-c", lines], environment: mesh.tmux.outside)
  }

  private func doctor(_ mesh: LocalMesh) async throws -> Set<Found> {
    let ran = try await mesh.run("agent-mesh", ["doctor", "--json"])
    #expect(ran.status == 0 || ran.status == 7, "\(ran)")
    let all = try ran.text.split(separator: "\n").map {
      try JSONDecoder().decode(Found.self, from: Data($0.utf8))
    }
    return Set(all.filter { $0.state != "ok" })
  }
}
