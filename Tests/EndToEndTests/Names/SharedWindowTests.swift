import TestSupport
import Testing

/// Sessions that share windows: a pane keeps its address, gets another one from the other session, and keeps
/// its window's access list, whichever session remains.
@Suite struct SharedWindowTests {
  private func addresses(_ mesh: LocalMesh) async throws -> [String] {
    _ = try await mesh.run("agent-register-hook", ["rescan"])
    return try await mesh.send("--list").text.split(separator: "\n").map(String.init)
  }

  @Test func aSecondSessionOfAGroupChangesNoAddressAndNoList() async throws {
    try await LocalMesh.with { mesh in
      let pane = try await mesh.tmux.session("dev", window: "work", ["cat"])
      let before = try await addresses(mesh)
      #expect(before.contains("hub-dev-work"), "\(before)")
      // This session's name sorts before the first one's.
      try await mesh.tmux.call(["new-session", "-d", "-t", "=dev", "-s", "a-view"])
      #expect(Set(before).isSubset(of: try await addresses(mesh)))
      let sent = try await mesh.send("hub-dev-work", "once")
      #expect(sent.status == 0, "\(sent)")
      try await pane.waitFor("once")
      try await pane.set("@agent-allow", "none")
      #expect(try await mesh.send("hub-dev-work", "refused").status == 5)
      // The session in the address ends; the window remains in the other session.
      try await mesh.tmux.call(["kill-session", "-t", "=dev"])
      let after = try await addresses(mesh)
      #expect(after.contains("hub-a-view-work"), "\(after)")
      for address in ["hub-dev-work", "hub-a-view-work"] {
        let ran = try await mesh.send(address, "refused")
        #expect(
          [2, 5].contains(ran.status) && ran.errorText.contains("nothing was typed"), "\(ran)")
      }
      #expect(try await !pane.capture().contains("refused"))
    }
  }

  @Test func aWindowThatIsLinkedIntoAnotherSessionKeepsItsAddress() async throws {
    try await LocalMesh.with { mesh in
      let pane = try await mesh.tmux.session("dev", window: "work", ["cat"])
      _ = try await mesh.tmux.session("all", ["cat"])
      let before = try await addresses(mesh)
      try await mesh.tmux.call(["link-window", "-s", "=dev:work", "-t", "=all:5"])
      #expect(Set(before).isSubset(of: try await addresses(mesh)))
      #expect(try await mesh.send("hub-dev-work", "once").status == 0)
      try await pane.waitFor("once")
    }
  }
}
