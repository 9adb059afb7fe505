/// A stand-in for Claude Code's inbox: a session file, a socket and a transcript as in version
/// 2.1.332, in a pane whose program also reads lines.
public struct ClaudeStandIn: Sendable {
  /// What it does with messages from the socket.
  public enum Manner: String, Sendable {
    /// Records the message as waiting, then as taken.
    case takes
    /// Records the message only as waiting.
    case queues
    /// Accepts the connection and reads nothing.
    case hangs
    /// Reads, but records nothing.
    case silent
    /// Answers that it holds the message back.
    case holds
    /// Answers 64 MiB.
    case floods
    /// Closes the connection in the middle of the line.
    case closes
    /// Its process ends in the middle of the line.
    case ends
    /// Another process accepts instead.
    case replaced
  }

  public let pane: Pane
  private let folder: String

  /// - Parameters:
  ///   - session: changes the session file: Python code, with the object as
  ///     `d` and its path as `path`.
  ///   - settings: the account's settings.
  ///   - arguments: additional words in its command line.
  ///   - screen: rows above a composer as Claude Code draws it; `nil`: it reads lines.
  public static func start(
    in server: TmuxServer, home: String, _ window: String = "claude", _ manner: Manner = .takes,
    session: String = "", settings: String? = nil, arguments: [String] = [],
    screen: [String]? = nil
  ) async throws -> ClaudeStandIn {
    let folder = server.machine.file("claude").here
    try Files.makeDirectory(folder)
    try Files.makeDirectory(home + "/.claude/sessions")
    if let settings { try Files.write(home + "/.claude/settings.json", settings) }
    try Files.write(folder + "/agent.py", program)
    // Under a name that is known to read lines, which an interpreter's is not.
    try await server.machine.must(
      "sh",
      [
        "-c",
        "cp \"$(python3 -c 'import os, sys; print(os.path.realpath(sys.executable))')\" \"$0/cat\"",
        folder,
      ])
    try Files.write(folder + "/session.py", session)
    if let screen { try Files.write(folder + "/screen", screen.joined(separator: "\n")) }
    let pane = try await server.window(
      window,
      [folder + "/cat", folder + "/agent.py", folder, home, manner.rawValue] + arguments)
    try await pane.waitFor("listening")
    if screen == nil {
      try await pane.set("@agent-input", "line")
    } else {
      try await pane.set("@agent-kind", "claude-code")
    }
    return ClaudeStandIn(pane: pane, folder: folder)
  }

  /// The lines that came through the socket.
  public var received: [String] {
    (Files.text(folder + "/received") ?? "").split(separator: "\n").map(String.init)
  }

  /// The lines that were typed.
  public var typed: [String] {
    (Files.text(folder + "/typed") ?? "").split(separator: "\n").map(String.init)
  }

  /// Makes it record what it has received.
  public func wakeUp() async throws {
    try Files.write(folder + "/wake", "")
    try await eventually("it to be written down") { !Files.exists(folder + "/wake") }
  }

  private static let program = """
    import json, os, socket, sys, threading, time
    folder, home, manner = sys.argv[1:4]
    pid, session = os.getpid(), "a6397107-5b7a-44ec-9994-52f643198f8a"
    os.makedirs(folder + "/s", 0o700); os.makedirs(home + "/.claude/projects/-w", exist_ok=True)
    door = folder + "/s/%d.sock" % pid
    transcript = home + "/.claude/projects/-w/" + session + ".jsonl"
    start = open("/proc/self/stat").read().rsplit(")", 1)[1].split()[19]
    path = home + "/.claude/sessions/%d.json" % pid
    d = {"pid": pid, "sessionId": session, "cwd": folder, "procStart": start, "peerProtocol": 1,
        "messagingSocketPath": door, "status": "idle", "startedAt": int(time.time() * 1000),
        "statusUpdatedAt": int(time.time() * 1000)}
    s = socket.socket(socket.AF_UNIX); s.bind(door); os.chmod(door, 0o600)
    if manner == "replaced" and os.fork() == 0:
        os.setsid(); s.listen()
        while True: time.sleep(60)
    if manner != "replaced": s.listen()
    exec(open(folder + "/session.py").read())
    if d is not None:
        with open(path, "w") as f: json.dump(d, f)
        os.chmod(path, 0o644)
    def note(entry):
        with open(transcript, "a") as f: f.write(json.dumps(entry) + "\\n")
    def wait_for_wake(content):
        while not os.path.exists(folder + "/wake"): time.sleep(0.01)
        note({"type": "user", "origin": {"kind": "peer"}, "message": {"role": "user",
            "content": "Another Claude session sent a message:\\n" + content + "\\n\\nThis came"}})
        os.remove(folder + "/wake")
    def answer(to, words):
        r = socket.socket(socket.AF_UNIX); r.connect(to[4:])
        try: r.sendall(words)
        except OSError: pass
        r.close()
    def serve():
        while True:
            c, _ = s.accept()
            if manner == "hangs": time.sleep(3600)
            if manner == "closes":
                c.recv(10); c.close(); continue
            if manner == "ends": c.recv(10); os._exit(0)
            text = b""
            while not text.endswith(b"\\n"):
                piece = c.recv(65536)
                if not piece: break
                text += piece
            if not text: continue
            with open(folder + "/received", "ab") as f: f.write(text)
            line = json.loads(text); content = line["message"]["content"]
            if manner == "floods": answer(line["from"], b"x" * (64 << 20)); continue
            if manner == "holds":
                answer(line["from"], json.dumps({"type": "control", "action": "peer_message_status",
                    "status": "held", "orig_msg_id": line["msg_id"]}).encode() + b"\\n")
                continue
            if manner == "silent": wait_for_wake(content); continue
            note({"type": "queue-operation", "operation": "enqueue", "content": content})
            if manner == "takes":
                note({"type": "user", "origin": {"kind": "peer"}, "message": {"role": "user",
                    "content": "Another Claude session sent a message:\\n" + content + "\\n\\nThis came"}})
    if manner != "replaced": threading.Thread(target=serve, daemon=True).start()
    def typed(line):
        with open(folder + "/typed", "a") as f: f.write(line + "\\n")
    if os.path.exists(folder + "/screen"):
        import tty
        tty.setcbreak(0)
        rows, text = open(folder + "/screen").read().split("\\n") + ["listening"], ""
        while True:
            rule = "\\u2500" * os.get_terminal_size().columns
            whole = "\\r\\n".join(rows + ["", rule, "\\u276f\\u00a0" + text, rule])
            place = "\\x1b[%d;%dH" % (len(rows) + 3, 3 + len(text))
            print("\\x1b[H\\x1b[2J" + whole + place, end="", flush=True)
            text += os.read(0, 4096).decode()
            if text.endswith("\\n") or text.endswith("\\r"):
                typed(text.rstrip()); rows.append("\\u276f " + text.rstrip()); text = ""
    print("listening", flush=True)
    for line in sys.stdin: typed(line.rstrip("\\n"))
    """
}
