import TestSupport
import Testing

/// Options of panes, windows and sessions end with the tmux server; what `policy.toml` sets for an address does not.
@Suite struct AclKeepTests {
  /// What programs do that save and restore sessions: names and programs return, options do not.
  private static let restart = """
    tmux list-windows -a -F '#{session_name} #{window_name}' >"$HOME/saved"
    pid=$(tmux display-message -p '#{pid}')
    tmux kill-server
    while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
    while read -r session window; do
      tmux -f /dev/null new-session -d -s "$session" -n "$window" 'cat -'
    done <"$HOME/saved"
    tmux set -g @agent-allow @mesh
    agent-register-hook rescan
    """

  @Test func aRestrictionOutlivesTheServerOnceItIsKept() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox)
      let send = { (text: String) in
        try await mesh.run("alice", "notify-pane", "bob-main-cat", text).status
      }
      try await mesh.must("bob", "sh", "-c", "tmux set -w @agent-allow none")
      #expect(try await send("refused") == 5)
      let found = try await mesh.run("bob", "agent-mesh", "doctor")
      #expect(found.text.contains("1 restriction in the tmux server only"), "\(found)")
      let told = try await mesh.must("bob", "agent-mesh", "acl", "explain", "bob-main-cat")
      #expect(told.contains("a restart forgets it"), "\(told)")

      let policy = try mesh.path("bob", "policy.toml")
      try Files.write(policy, "rate = 500")
      let kept = try await mesh.must("bob", "agent-mesh", "acl", "keep")
      #expect(kept.contains("[address.\"bob-main-cat\"] allow = 'none'"), "\(kept)")
      #expect(Files.text(policy)?.hasPrefix("rate = 500\n") == true)
      try await mesh.must("bob", "sh", "-c", Self.restart)
      #expect(try await send("still refused") == 5)
      try await mesh.must("bob", "sh", "-c", "tmux set -w @agent-allow @mesh")
      #expect(try await send("no option widens it") == 5)
      let again = try await mesh.must("bob", "agent-mesh", "acl", "keep")
      #expect(again.contains("tmux has no restriction that a restart would forget"), "\(again)")

      // Without that section of the policy, the restart loses the setting.
      try Files.write(policy, "rate = 500\n")
      try await mesh.must("bob", "sh", "-c", "tmux set -w @agent-allow none; \(Self.restart)")
      #expect(try await send("admitted by the global list") == 0)
    }
  }

  @Test func aCeilingHoldsUnderEveryNameOfThePane() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox)
      let name = "bob-main-cat"
      try await mesh.must(
        "bob", "sh", "-c",
        "tmux new-session -d -s other -n spare cat && tmux link-window -s main:cat -t other: && agent-register-hook rescan"
      )
      let names = [name, name + "-0", name + ".0", "bob-other-cat", "bob-other-cat-0"]
      for to in names {
        #expect(try await mesh.run("alice", "notify-pane", to, "admitted").status == 0, "\(to)")
      }
      try Files.write(
        try mesh.path("bob", "policy.toml"), "[address.\"\(name)\"]\ndeny = \"@mesh\"\n")
      for to in names {
        #expect(try await mesh.run("alice", "notify-pane", to, "denied").status == 5, "\(to)")
        let checked = try await mesh.run("bob", "agent-mesh", "acl", "check", "alice-x", to)
        #expect(checked.status == 5, "\(to): \(checked)")
      }
    }
  }

  @Test func aPatternOfAddressesIsACeiling() async throws {
    try await Sandbox.with { sandbox in
      let mesh = try await Accounts(sandbox)
      let policy = try mesh.path("bob", "policy.toml")
      try Files.write(policy, "[address.\"bob-*-cat\"]\ndeny = \"host:alice\"\n")
      let sent = try await mesh.run("alice", "notify-pane", "bob-main-cat", "denied")
      #expect(sent.status == 5, "\(sent)")
      let checked = try await mesh.run(
        "bob", "agent-mesh", "acl", "check", "alice-x", "bob-main-cat")
      #expect(checked.status == 5 && checked.text.contains("policy"), "\(checked)")
      try Files.write(policy, "[address.\"bob-prod-*\"]\nallow = \"none\"\n")
      #expect(try await mesh.run("alice", "notify-pane", "bob-main-cat", "admitted").status == 0)
      for bad in [
        "[address.\"bob-*\"]\nrate = 1\n", "[address]\nallow = \"none\"\n", "[other.x]\na = 1\n",
      ] {
        try Files.write(policy, bad)
        let refused = try await mesh.run("alice", "notify-pane", "bob-main-cat", "bad policy")
        #expect(refused.status != 0, "\(bad): \(refused)")
        #expect(try await mesh.run("bob", "agent-mesh", "doctor").text.contains("policy.toml"))
      }
    }
  }
}
