import Testing

@testable import MeshHost

/// A client that is started before it is needed, and serves one command after another.
@Suite struct ScriptClientTests {
  private func pipes(_ server: PrivateTmux) throws -> [String] {
    try Directory.open(server.tmux.socketFolder).names(limit: 100).filter { $0.contains(".") }
  }

  private func clients(_ server: PrivateTmux) -> Int {
    ProcessTable.descendants(of: ProcessTable.own, limit: 512).count { pid in
      let words = ProcessTable.arguments(of: pid)
      return words.contains(server.tmux.socket) && words.contains("source-file")
    }
  }

  @Test func servesOneCommandAfterAnother() async throws {
    let server = try PrivateTmux()
    server.tmux.prepare()
    // A program that has just been started has no arguments for a moment.
    #expect(try await eventually { clients(server) == 1 })
    let one = try server.tmux.run(["display-message", "-p", "one"])
    #expect(one == Array("one\n".utf8))
    let two = try server.tmux.run(
      ["display-message", "-p", "t;w\\o"], ["display-message", "-p", ""])
    #expect(two == Array("t;w\\o\n\n".utf8))
    #expect(try server.tmux.panes().count == 1)
    #expect(clients(server) == 1)
    server.tmux.dismiss()
    #expect(try await eventually { clients(server) == 0 })
    #expect(try pipes(server) == [])
  }

  @Test func commandThatFailsEndsIt() throws {
    let server = try PrivateTmux()
    server.tmux.prepare()
    let usual = #expect(throws: Tmux.Failure.self) {
      try server.tmux.at(server.tmux.socket).run(["kill-pane", "-t", "%999"])
    }
    let failure = #expect(throws: Tmux.Failure.self) {
      try server.tmux.run(["kill-pane", "-t", "%999"], ["set-option", "-g", "@after", "1"])
    }
    #expect(failure == usual)
    #expect(try pipes(server) == [])
    // The commands after it did not run, and the next command has a client of its own.
    #expect(try server.tmux.run(["show-options", "-gqv", "@after"]) == [])
  }

  @Test func clientOfAServerThatEndedIsNotUsed() throws {
    let server = try PrivateTmux()
    server.tmux.prepare()
    _ = try? server.tmux.at(server.tmux.socket).run(["kill-server"])
    #expect(throws: Tmux.Failure.noServer) { try server.tmux.panes() }
    #expect(try pipes(server) == [])
  }

  @Test func moreCommandsThanOneClientTakes() throws {
    let server = try PrivateTmux()
    server.tmux.prepare()
    for number in 0..<90 {
      #expect(
        try server.tmux.run(["display-message", "-p", "\(number)"]) == Array("\(number)\n".utf8))
    }
  }

  @Test func pipesOfKilledProcessesAreRemovedAnHourLater() throws {
    let server = try PrivateTmux()
    let left = server.tmux.socketFolder + "/am-aaaaaaaaaaaaaaaaaaaa.3"
    try shell("mkfifo \"$1\"", [left])
    server.tmux.sweepPipes()
    #expect(try pipes(server).count == 1)
    server.tmux.sweepPipes(now: Clock.now + 3_700_000)
    #expect(try pipes(server) == [])
    #expect(server.isAlive)
  }
}
