import MeshHost
import Testing

/// Finds the sender's pane on a real tmux server, by terminal and by ancestors.
@Suite struct TmuxSenderTests {
  private func number(_ scratch: Scratch, _ name: String) async throws -> Int32 {
    let directory = try scratch.directory()
    #expect(try await eventually { try directory.facts(of: name) != nil })
    let text = String(decoding: try directory.read(name, limit: 99, policy: .any), as: UTF8.self)
    return try #require(Int32(text.split(separator: "\n").first ?? ""))
  }

  private enum Place: Equatable { case pane(PaneID), serverChild, none }

  private func locate(_ server: PrivateTmux, _ process: Int32) throws -> Place? {
    let panes = try ServerPanes(server.tmux, PaneQuery(), within: .seconds(60))
    return switch ProcessPlace(of: ProcessTable.ancestry(of: process), among: [panes]) {
    case .pane(let place): .pane(place.pane.id)
    case .serverChild: .serverChild
    case .served: nil
    case .none: Place.none
    }
  }

  /// Writes a pid to a file that appears only when it is complete.
  private let note = "n() { echo $2 > \"$0/$1.part\"; mv \"$0/$1.part\" \"$0/$1\"; }; "

  @Test func byTerminalAndByAncestor() async throws {
    let server = try PrivateTmux()
    let line =
      note + "sleep 1000 & n child $!; setsid sleep 1000 & "
      + "setsid sh -c 'echo $$ > \"$0/s.part\"; mv \"$0/s.part\" \"$0/setsid\"; exec sleep 1000' \"$0\" & wait"
    let pane = try server.window(["sh", "-c", line, server.scratch.path])
    let child = try await number(server.scratch, "child")
    let free = try await number(server.scratch, "setsid")
    #expect(ProcessTable.facts(of: child)?.terminal != 0)
    #expect(ProcessTable.facts(of: free)?.terminal == 0)
    #expect(try locate(server, child) == .pane(pane.id))
    #expect(try locate(server, free) == .pane(pane.id))
    #expect(try locate(server, pane.pid) == .pane(pane.id))
  }

  /// The process has left its parents, but not its terminal.
  @Test func byTerminalAlone() async throws {
    let server = try PrivateTmux()
    let pane = try server.window([
      "sh", "-c", note + "(sleep 1000 & n orphan $!); exec cat", server.scratch.path,
    ])
    let orphan = try await number(server.scratch, "orphan")
    #expect(
      try await eventually { !ProcessTable.ancestry(of: orphan).map(\.pid).contains(pane.pid) })
    #expect(try locate(server, orphan) == .pane(pane.id))
  }

  @Test func childOfTheServer() async throws {
    let server = try PrivateTmux()
    try server.tmux.run([
      "run-shell", "-b",
      "echo $$ > \(server.scratch.path)/p; mv \(server.scratch.path)/p \(server.scratch.path)/job; exec sleep 1000",
    ])
    let job = try await number(server.scratch, "job")
    #expect(try locate(server, job) == .serverChild)
    try shell("kill \(job)")
  }

  @Test func nowhere() async throws {
    let server = try PrivateTmux()
    // Whatever the environment says, this process is no child of that server.
    let pane = try server.pane()
    let lie = [
      "TMUX": server.tmux.socket + ",1,0", "TMUX_PANE": pane.id.description, "AGENT_NAME": "x",
      "PATH": "/usr/bin:/bin",
    ]
    var talk = try Conversation(
      "sh", ["-c", "echo $$; exec sleep 1000 <\"$0\"", pane.tty], environment: lie)
    let line = try talk.read(atMost: 99, until: soon())
    let pid = try #require(Int32(String(decoding: line.dropLast(), as: UTF8.self)))
    #expect(try locate(server, pid) == Place.none)
    #expect(try locate(server, 0) == Place.none)
    #expect(try locate(server, .max) == Place.none)
  }
}
