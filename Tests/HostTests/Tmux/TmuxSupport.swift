import MeshHost
import Testing

/// A private tmux server in its own directory; it ends with the test.
final class PrivateTmux: Sendable {
  let scratch: Scratch
  let tmux: Tmux
  let name: String

  /// The tmux to test with: `AGENT_MESH_TEST_TMUX`, else the one in PATH.
  static let program = Environment.current().filled("AGENT_MESH_TEST_TMUX") ?? "tmux"

  init(
    _ command: [String] = ["cat"], columns: Int = 100, rows: Int = 30, session: String = "s"
  ) throws {
    scratch = try Scratch()
    name = "am-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
    var values = Environment.current().all
    for key in ["TMUX", "TMUX_PANE", "TMUX_BIN", "TMUX_SOCKET"] { values[key] = nil }
    values["TMUX_TMPDIR"] = scratch.path
    values["TMUX_SOCKET"] = name
    values["TMUX_BIN"] = PrivateTmux.program
    tmux = try Tmux(Environment(values))
    values["TMUX_SOCKET"] = nil
    let size = ["-x", "\(columns)", "-y", "\(rows)"]
    let done = try Child.run(
      PrivateTmux.program,
      ["-u", "-L", name, "-f", "/dev/null", "new-session", "-d", "-s", session] + size + command,
      environment: values, deadline: .seconds(20))
    try #require(done.status == 0, "\(String(decoding: done.err, as: UTF8.self))")
  }
  deinit { _ = try? tmux.run(["kill-server"]) }

  /// The only or first pane.
  func pane() throws -> Pane { try #require(try tmux.panes().first) }

  /// Opens another window.
  func window(_ command: [String]) throws -> Pane {
    let out = try tmux.run(["new-window", "-d", "-P", "-F", "#{pane_id}"] + command)
    let id = PaneID(validating: String(decoding: out.dropLast(), as: UTF8.self))
    return try #require(try tmux.panes().first { $0.id == id })
  }

  func screen(_ pane: PaneID) throws -> String {
    String(decoding: try tmux.look(pane).capture, as: UTF8.self)
  }

  /// Waits until the pane shows a text.
  func shows(_ text: String, _ pane: PaneID) async throws -> Bool {
    try await eventually { try screen(pane).contains(text) }
  }

  var isAlive: Bool { (try? tmux.serverIdentity()) != nil }
}

extension Tmux {
  /// Every pane of the server.
  func panes() throws(Tmux.Failure) -> [Pane] {
    try ServerPanes(self, PaneQuery(describes: true), within: Tmux.deadline).panes
  }
}

/// A random message id.
func someID() -> String {
  let letters = Array("abcdefghijklmnopqrstuvwxyz234567")
  return String((0..<26).map { _ in letters[Int.random(in: 0..<32)] })
}

/// The text with the tag of its message.
func tagged(_ id: String, _ body: String) -> String { "[verified \(id.prefix(8))] \(body)" }
