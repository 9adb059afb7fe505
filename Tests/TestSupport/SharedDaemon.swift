/// A stand-in for an agent whose first instance starts a daemon for all: a child of its own in a session without a
/// terminal, listening on a socket, which runs commands for whom it serves, with its own environment.
public struct SharedDaemon: Sendable {
  public enum Socket: String, Sendable { case unix, tcp, none, systemd }

  /// Its first instance.
  public let first: Pane
  public let pid: Int32
  private let folder: String

  /// - Parameter environment: what the first instance is started with.
  public static func start(
    in server: TmuxServer, _ window: String, listening socket: Socket = .unix,
    environment: [String: String] = [:]
  ) async throws -> SharedDaemon {
    let folder = server.machine.file("daemon").here
    try Files.makeDirectory(folder)
    try Files.write(folder + "/agent.py", program)
    let settings = environment.map { "\($0)=\($1)" }
    let pane = try await server.window(
      window, ["env"] + settings + ["python3", folder + "/agent.py", folder, socket.rawValue])
    let pid: Int32 = try await eventually("a daemon") {
      Files.text(folder + "/pid").flatMap { Int32($0) }
    }
    return SharedDaemon(first: pane, pid: pid, folder: folder)
  }

  /// Another instance, which starts no daemon.
  public func instance(_ window: String) async throws -> Pane {
    let pane = try await first.server.window(
      window, ["python3", folder + "/agent.py", folder, "client"])
    try await pane.waitFor("client")
    return pane
  }

  /// Runs a program below the daemon.
  public func run(
    _ program: String, _ arguments: [String] = [], environment: [String: String] = [:]
  ) async throws -> Ran {
    let job = try PaneJob(first.server.machine, program, arguments, [], environment)
    try Files.write("\(folder)/\(UInt32.random(in: 0 ... .max)).job", job.script.there)
    return try await job.result(within: .seconds(60))
  }

  private static let program = """
    import glob, os, socket, subprocess, sys, time
    folder, kind = sys.argv[1:3]
    if kind == "client":
        print("client", flush=True)
        time.sleep(3600)
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
    with open(folder + "/pid.new", "w") as f: f.write(str(os.getpid()))
    os.rename(folder + "/pid.new", folder + "/pid")
    while True:
        for job in glob.glob(folder + "/*.job"):
            script = open(job).read(); os.remove(job)
            subprocess.Popen(["sh", script], stdin=subprocess.DEVNULL, start_new_session=True,
                close_fds=kind != "systemd")
        time.sleep(0.01)
    """
}
