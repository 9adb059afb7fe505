import MeshHost
import Testing

/// Which tmux server is used, and how each failure of server, socket or client is reported.
@Suite struct TmuxServerTests {
  private func socket(_ values: [String: String]) throws -> String {
    try Tmux(Environment(values)).socket
  }

  @Test func whichServer() throws {
    let uid = try shell("id -u").dropLast()
    #expect(try socket([:]) == "/tmp/tmux-\(uid)/default")
    #expect(try socket(["TMUX_TMPDIR": "/run"]) == "/run/tmux-\(uid)/default")
    #expect(try socket(["TMUX_SOCKET": "x", "TMUX": "/no/y,1,0"]) == "/tmp/tmux-\(uid)/x")
    #expect(try socket(["TMUX_SOCKET": "/no/such/x"]) == "/no/such/x")
    #expect(try socket(["TMUX": "/no/such/y,12,0"]) == "/no/such/y")
    for bad in ["..", "a/b", "./x"] {
      #expect(throws: Tmux.Failure.self) { try Tmux(Environment(["TMUX_SOCKET": bad])) }
    }
  }

  @Test func insideTakesItsOwnServer() throws {
    let server = try PrivateTmux()
    let inside = try Tmux(
      Environment([
        "TMUX": server.tmux.socket + ",1,0", "PATH": "/usr/bin:/bin",
        "TMUX_BIN": PrivateTmux.program,
      ]))
    #expect(try inside.serverIdentity() == server.tmux.serverIdentity())
  }

  @Test func notASocket() throws {
    let scratch = try Scratch()
    try scratch.directory().writeAtomically("file", [])
    for name in ["/file", "/"] {
      let path = scratch.path + name
      #expect(throws: Tmux.Failure.insecureSocket(path: path)) {
        try Tmux(Environment(["TMUX": path + ",1,0"]))
      }
    }
  }

  @Test func directoryThatOthersCanWrite() throws {
    let server = try PrivateTmux()
    try shell("chmod 777 \"$1\"", [server.scratch.path])
    #expect(throws: Tmux.Failure.insecureSocket(path: server.tmux.socket)) {
      try Tmux(Environment(["TMUX": server.tmux.socket + ",1,0"]))
    }
  }

  @Test(.enabled(if: isRoot, "needs root to run another account's server"))
  func socketOfAnotherAccount() throws {
    let server = try PrivateTmux()
    try shell("chown 65534 \"$1\"", [server.tmux.socket])
    #expect(throws: Tmux.Failure.insecureSocket(path: server.tmux.socket)) {
      try Tmux(Environment(["TMUX": server.tmux.socket + ",1,0"]))
    }
  }

  @Test func noServer() throws {
    let scratch = try Scratch()
    let tmux = try Tmux(
      Environment([
        "TMUX_TMPDIR": scratch.path, "PATH": "/usr/bin:/bin", "TMUX_BIN": PrivateTmux.program,
      ]))
    #expect(throws: Tmux.Failure.noServer) { try tmux.panes() }
    #expect(throws: Tmux.Failure.noServer) { try tmux.look(PaneID(number: 0)) }
    let typed = try deliver(tmux, PaneID(number: 0))
    #expect(typed == .noServer)
    // No server was started either.
    #expect(throws: Tmux.Failure.noServer) { try tmux.serverIdentity() }
  }

  /// The error of a delivery's first look.
  private func deliver(
    _ tmux: Tmux, _ pane: PaneID, within time: Duration = .seconds(60)
  ) throws -> Tmux.Failure? {
    let scratch = try Scratch()
    let folder = try scratch.directory()
    return failure { () throws(Tmux.Failure) in
      var client = try TypingClient(tmux, pane, folder: folder)
      _ = try client.look(until: .now + time)
    }
  }

  @Test func serverThatEnded() async throws {
    let server = try PrivateTmux()
    let pane = try server.pane()
    try server.tmux.run(["kill-server"])
    #expect(
      try await eventually {
        failure { () throws(Tmux.Failure) in try server.tmux.panes() } == .noServer
      })
    #expect(try deliver(server.tmux, pane.id) == .noServer)
  }

  @Test func noTmux() throws {
    let tmux = try Tmux(Environment(["TMUX_BIN": "/no/such/tmux"]))
    #expect(throws: Tmux.Failure.notFound(binary: "/no/such/tmux")) { try tmux.panes() }
    #expect(try deliver(tmux, PaneID(number: 0)) == .notFound(binary: "/no/such/tmux"))
  }

  @Test func missingPaneAndBadCommand() throws {
    let server = try PrivateTmux()
    #expect(throws: Tmux.Failure.refused("can't find pane: %99")) {
      try server.tmux.look(PaneID(number: 99))
    }
    #expect(try deliver(server.tmux, PaneID(number: 99)) == .refused("can't find pane: %99"))
    #expect(throws: Tmux.Failure.refused("unknown command: no-such-command")) {
      try server.tmux.run(["no-such-command"])
    }
    // tmux's error text is made printable and short.
    let long = String(repeating: "\u{1b}[31m", count: 500)
    let error = failure { () throws(Tmux.Failure) in
      try server.tmux.run(["has-session", "-t", long])
    }
    guard case .refused(let words) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(words.count <= 200)
    #expect(!words.contains("\u{1b}"))
  }

  /// A wrapper that replaces tmux and can change its output.
  private func shim(_ scratch: Scratch, _ server: PrivateTmux, _ line: String) throws -> Tmux {
    // Written by another process: a program that a thread of this process still has open for writing cannot be run.
    try shell(
      "printf '#!/bin/sh\\n%s\\n' \"$2\" > \"$1\"; chmod 700 \"$1\"",
      [scratch.path + "/tmux", line])
    return try Tmux(
      Environment([
        "TMUX_BIN": scratch.path + "/tmux", "TMUX": server.tmux.socket + ",1,0",
        "PATH": "/usr/bin:/bin",
      ]))
  }

  /// A server too old for the commands that type is refused by its version before anything is typed.
  @Test(arguments: [
    ("3.1c", true), ("2.7", true), ("3.2", false), ("3.10", false), ("next-3.1", false),
    ("openbsd-7.4", false), ("4.0a", false),
  ])
  func anOldServerIsRefused(version: String, refused: Bool) throws {
    let scratch = try Scratch()
    let server = try PrivateTmux()
    // Our question for the version gets another answer.
    let tmux = try shim(
      scratch, server, "sed 's/#{version}/\(version)/g' | \(PrivateTmux.program) \"$@\"")
    let found = Result { () throws(Tmux.Failure) in try tmux.serverIdentity().version }
    #expect(found == (refused ? .failure(.tooOld(version: version)) : .success(version)))
  }

  /// Such a server reads no script from stdin.
  @Test func aServerOfLongAgo() throws {
    let scratch = try Scratch()
    let server = try PrivateTmux()
    let tmux = try shim(
      scratch, server, "echo '-: No such file or directory' >&2; exit 1")
    #expect(throws: Tmux.Failure.tooOld(version: "older than 3.0")) { try tmux.panes() }
  }

  @Test(arguments: [
    "echo 'server exited unexpectedly' >&2; exit 1", "echo 'lost server' >&2; exit 1",
    "echo 'protocol version mismatch (client 8, server 7)' >&2; exit 1",
  ])
  func versionMismatch(line: String) async throws {
    let scratch = try Scratch()
    let server = try PrivateTmux()
    let tmux = try shim(scratch, server, line)
    #expect(throws: Tmux.Failure.versionMismatch) { try tmux.panes() }
    #expect(try deliver(tmux, PaneID(number: 0)) == .versionMismatch)
    if line.contains("lost") {
      try server.tmux.run(["kill-server"])
      // The server takes a moment to close its socket.
      #expect(
        try await eventually {
          failure { () throws(Tmux.Failure) in try tmux.panes() } == .noServer
        })
    }
  }

  @Test func clientThatHangs() throws {
    let scratch = try Scratch()
    let server = try PrivateTmux()
    let tmux = try shim(scratch, server, "exec sleep 100")
    let before = ContinuousClock.now
    #expect(throws: Tmux.Failure.timeout) {
      try tmux.hurried(.milliseconds(200)).run(["list-panes"])
    }
    #expect(try deliver(tmux, PaneID(number: 0), within: .milliseconds(200)) == .timeout)
    #expect(ContinuousClock.now - before < .seconds(60))
  }

  @Test(arguments: ["", "garbage", "exit 0", "yes | head -c 1000000"])
  func clientThatTalksNonsense(line: String) throws {
    let scratch = try Scratch()
    let server = try PrivateTmux()
    let tmux = try shim(scratch, server, line == "garbage" ? "printf 'a\\tb\\n%%7\\n'" : line)
    #expect(throws: Tmux.Failure.garbled) { try tmux.look(PaneID(number: 0)) }
    #expect(throws: Tmux.Failure.garbled) { try tmux.serverIdentity() }
    #expect(throws: Tmux.Failure.garbled) { try tmux.panes() }
    // A client that prints without end, and never comes for its script, is given up.
    #expect(try deliver(tmux, PaneID(number: 0), within: .milliseconds(500)) != nil)
  }

  @Test func noUTF8Locale() throws {
    let server = try PrivateTmux()
    try server.tmux.run(["rename-window", "-t", "s:", "世界"])
    let poor = try Tmux(
      Environment([
        "TMUX": server.tmux.socket + ",1,0", "PATH": "/usr/bin:/bin", "LC_ALL": "C",
        "TMUX_BIN": PrivateTmux.program,
      ]))
    #expect(try poor.panes().first?.windowName == "世界")
  }
}
