import Mesh
import MeshHost
import Testing

/// Shared by the tests of typing: programs that record what they read, and a delivery to one of them.
protocol TypingTests {}

extension TypingTests {
  /// A line-based program in canonical mode that records its input.
  var lines: [String] { ["sh", "-c", "exec cat > \"$0/in\""] }
  /// A program that takes every byte, with or without echo, with or without bracketed paste. It echoes by
  /// itself: a terminal drops echoes that come too fast.
  func raw(_ start: String = "", echo: Bool = true) -> [String] {
    let reader = echo ? "exec tee \"$0/in\"" : "exec cat > \"$0/in\""
    return ["sh", "-c", "stty raw -echo; printf '\(start)ready'; \(reader)"]
  }

  func start(_ command: [String], columns: Int = 100) async throws -> (PrivateTmux, Pane) {
    let server = try PrivateTmux(["sleep", "1000"], columns: columns)
    let pane = try server.window(command + [server.scratch.path])
    if command.last?.contains("ready") == true {
      #expect(try await server.shows("ready", pane.id))
    } else {
      #expect(try await eventually { try server.scratch.directory().facts(of: "in") != nil })
    }
    return (server, pane)
  }

  func read(_ server: PrivateTmux) throws -> [UInt8] {
    let directory = try server.scratch.directory()
    guard try directory.facts(of: "in") != nil else { return [] }
    return try directory.read("in", limit: 1 << 20, policy: .any)
  }

  func noBuffers(_ server: PrivateTmux) throws -> Bool {
    try server.tmux.run(["list-buffers"]).isEmpty
  }

  var soon: ContinuousClock.Instant { .now + .seconds(20) }

  func client(_ server: PrivateTmux, _ pane: Pane) throws -> TypingClient {
    try TypingClient(server.tmux, pane.id, folder: server.scratch.directory())
  }

  /// A permit can only come from a look: here from a look at an empty pane.
  func permit() throws -> EnterPermit {
    let blank = Look(PaneFacts(), Screen(capture: [], width: 80, height: 24), profiles: [])
    let silent = TypedText(id: "", end: "", echoes: false)
    guard case .press(let permit) = Submission.beforeEnter(before: blank, now: blank, silent) else {
      throw NotPermitted()
    }
    return permit
  }

  /// Types, and presses Enter when the end of the text is visible.
  /// - Parameter meanwhile: runs between look and paste.
  func send(
    _ server: PrivateTmux, _ pane: Pane, _ id: String, _ pieces: [String],
    meanwhile: () throws -> Void = {}
  ) throws -> Typing.Event {
    var client = try client(server, pane)
    let first = try client.look(until: soon)
    try meanwhile()
    let paste = try #require(Paste(id: id, pieces, bracketed: true))
    let pasted = try client.paste(paste, since: first, until: soon)
    guard pasted.event == .pasted, var look = pasted.look else { return pasted.event }
    let end = soon
    while !String(decoding: look.capture, as: UTF8.self).contains(id.prefix(8)), .now < end {
      look = try client.look(until: soon)
    }
    return try client.enter(permit(), since: look, until: soon).event
  }
}

struct NotPermitted: Error {}
