#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// A stand-in for an agent whose first instance starts a daemon for all: a child in
/// its own session without a terminal. It listens on a socket and runs commands for
/// its clients with its own environment.
public struct SharedDaemon: Sendable {
  public enum Socket: String, Sendable { case unix, tcp, none, systemd }

  /// The first instance.
  public let first: Pane
  public let pid: Int32
  private let folder: String

  /// - Parameter environment: the environment of the first instance.
  public static func start(
    in server: TmuxServer, _ window: String, listening socket: Socket = .unix,
    environment: [String: String] = [:]
  ) async throws -> SharedDaemon {
    let folder = server.machine.file("daemon").here
    try Files.makeDirectory(folder)
    try Files.write(folder + "/agent.py", program)
    // Under a name that is known to read lines, which an interpreter's is not.
    try await server.machine.must(
      "sh",
      [
        "-c",
        "cp \"$(python3 -c 'import os, sys; print(os.path.realpath(sys.executable))')\" \"$0/cat\"",
        folder,
      ])
    let settings = environment.map { "\($0)=\($1)" }
    let pane = try await server.window(
      window, ["env"] + settings + [folder + "/cat", folder + "/agent.py", folder, socket.rawValue])
    let pid: Int32 = try await eventually("a daemon") {
      Files.text(folder + "/pid").flatMap { Int32($0) }
    }
    return SharedDaemon(first: pane, pid: pid, folder: folder)
  }

  /// Another instance: a client of this daemon, without its own. It reads lines and stores them.
  /// - Parameter arguments: shown in its command line.
  public func instance(_ window: String, _ arguments: [String] = []) async throws -> Pane {
    let pane = try await first.server.window(
      window, [folder + "/cat", folder + "/agent.py", folder, "client"] + arguments)
    try await pane.waitFor("client")
    try await pane.set("@agent-input", "line")
    return pane
  }

  /// The daemon's record of a thread.
  public func record(_ thread: String) -> String { "\(folder)/rollout-\(thread).jsonl" }

  /// Adds a line to a thread's record, as Codex does for its input, and waits until the daemon has
  /// the record open.
  public func note(_ text: String, in thread: String, role: String = "user") async throws {
    let path = record(thread)
    let escaped = text.split(separator: "\"", omittingEmptySubsequences: false).joined(
      separator: "\\\"")
    let line =
      #"{"type":"response_item","payload":{"type":"message","role":"\#(role)","content":[{"type":"input_text","text":"\#(escaped)"}]}}"#
    let whole = (Files.text(path) ?? "") + line + "\n"
    // In place, because the daemon has the file open.
    try await first.server.machine.must(
      "sh", ["-c", "printf '%s' \"$1\" >\"$0\"; chmod 600 \"$0\"", path, whole])
    try await opened(path)
  }

  /// Waits until the daemon has a file open.
  public func opened(_ path: String) async throws {
    try await eventually("\(path) to be open") {
      Files.list("/proc/\(pid)/fd").contains {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\($0)"))
          == path
      }
    }
  }

  /// Runs a program below the daemon.
  /// - Parameter thread: the thread for which it runs.
  public func run(
    _ program: String, _ arguments: [String] = [], thread: String = "",
    environment: [String: String] = [:]
  ) async throws -> Ran {
    let job = try PaneJob(first.server.machine, program, arguments, [], environment)
    try Files.write(
      "\(folder)/\(UInt32.random(in: 0 ... .max)).job", job.script.there + "\n" + thread)
    return try await job.result(within: .seconds(60))
  }

  private static let program = """
    import glob, os, socket, subprocess, sys, time
    folder, kind = sys.argv[1:3]
    if kind == "client":
        c = socket.socket(socket.AF_UNIX); c.connect(folder + "/s")
        print("client", flush=True)
        for line in sys.stdin: pass
    if os.fork():
        time.sleep(3600)
    os.setsid()
    if kind in ("unix", "systemd"):
        s = socket.socket(socket.AF_UNIX); s.bind(folder + "/s"); s.listen()
    if kind == "tcp":
        s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
    # Handed down as a service manager does: kept over exec.
    if kind == "systemd":
        os.dup2(s.fileno(), 33); os.set_inheritable(33, True)
    if kind in ("unix", "systemd"): s.setblocking(False)
    with open(folder + "/pid.new", "w") as f: f.write(str(os.getpid()))
    os.rename(folder + "/pid.new", folder + "/pid")
    clients, records = [], {}
    while True:
        if kind == "unix":
            try: clients.append(s.accept())
            except BlockingIOError: pass
        for name in glob.glob(folder + "/*.jsonl"):
            if name not in records: records[name] = os.open(name, os.O_RDONLY | os.O_NONBLOCK)
        for job in glob.glob(folder + "/*.job"):
            script, thread = (open(job).read() + "\\n").split("\\n")[:2]; os.remove(job)
            settings = dict(os.environ, CODEX_THREAD_ID=thread) if thread else None
            subprocess.Popen(["sh", script], stdin=subprocess.DEVNULL, start_new_session=True,
                close_fds=kind != "systemd", env=settings)
        time.sleep(0.01)
    """
}
