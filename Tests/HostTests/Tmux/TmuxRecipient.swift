import Mesh
import MeshHost
import Testing

/// What the tests of typing share: programs that keep what they read, and a delivery to one.
protocol TypingTests {}

extension TypingTests {
  /// A line program in canonical mode that keeps what it read.
  var lines: [String] { ["sh", "-c", "exec cat > \"$0/in\""] }
  /// A program that takes every byte, shows it or not, asks for brackets or not. It echoes itself: a terminal drops
  /// echoes when they come too fast.
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

  /// Nobody makes one but from a look: here from one of a pane in which nothing is to be seen.
  func permit() throws -> EnterPermit {
    let blank = Look(PaneFacts(), Screen(capture: [], width: 80, height: 24), profiles: [])
    let silent = TypedText(id: "", end: "", echoes: false)
    let answer = Submission.beforeEnter(before: blank, now: blank, silent)
    guard case .press(let permit) = answer else { throw NotPermitted() }
    return permit
  }

  func seen(_ id: String, absent: [String] = []) throws -> EnterGuard {
    try #require(EnterGuard(visible: String(id.prefix(8)), absent: absent))
  }

  /// Types, presses Enter when the tag is seen, and is done after that.
  func send(
    _ server: PrivateTmux, _ pane: Pane, _ id: String, _ pieces: [String], absent: [String] = [],
    meanwhile: () throws -> Void = {}
  ) throws -> TypingEnd<Bool> {
    let wanted = try seen(id, absent: absent)
    var thrown: (any Error)?
    let ending = try server.tmux.deliver(
      to: pane.id,
      decide: { _ in
        do { try meanwhile() } catch { thrown = error }
        return TypingScript(
          id: id, pieces: pieces.map { bytes($0) },
          submission: .whenSeen(wanted, delay: .milliseconds(1)))
      },
      judge: { progress -> TypingVerdict<Bool> in
        progress.isHeld ? .done(false) : progress.enters == 1 ? .done(true) : .lookOn
      })
    if let thrown { throw thrown }
    return ending
  }
}

struct NotPermitted: Error {}
