/// Runs programs as a user does: in a pane, on its terminal. stdout and
/// stderr go to separate files.
extension TmuxServer {
  /// Runs a program in a new window, which closes when it ends.
  /// - Parameter stdin: `nil`: the terminal.
  public func run(
    _ program: String, _ arguments: [String] = [], stdin: [UInt8]? = nil,
    environment: [String: String] = [:], window: String = "runner", session: String = "main",
    within limit: Duration = .seconds(60)
  ) async throws -> Ran {
    let job = try PaneJob(machine, program, arguments, stdin, environment)
    _ = try await self.window(window, ["sh", job.script.there], session: session)
    return try await job.result(within: limit)
  }
}

extension Pane {
  /// Runs a program from the shell prompt in this pane.
  /// - Parameter stdin: `nil`: the terminal.
  public func run(
    _ program: String, _ arguments: [String] = [], stdin: [UInt8]? = nil,
    environment: [String: String] = [:], within limit: Duration = .seconds(60)
  ) async throws -> Ran {
    let job = try PaneJob(server.machine, program, arguments, stdin, environment)
    try await server.call(["send-keys", "-t", id, "sh \(job.script.there)", "Enter"])
    return try await job.result(within: limit)
  }
}

/// A shell script that runs one program and writes its result to files.
struct PaneJob {
  let script: SharedFile
  private var out: SharedFile { script.with(".out") }
  private var err: SharedFile { script.with(".err") }
  private var status: SharedFile { script.with(".status") }

  init(
    _ machine: any Machine, _ program: String, _ arguments: [String], _ stdin: [UInt8]?,
    _ environment: [String: String]
  ) throws {
    script = machine.file("job")
    var text = environment.map { "export \($0)=\(quoted($1))\n" }.joined()
    text += ([program] + arguments).map(quoted).joined(separator: " ")
    if let stdin {
      let input = script.with(".in")
      // Another account of the machine may have to read it. The directory is
      // closed to everybody else.
      try Files.write(input.here, stdin, mode: 0o644)
      text += " <\(quoted(input.there))"
    }
    let new = status.with(".new")
    text += " >\(quoted(out.there)) 2>\(quoted(err.there))\n"
    text += "echo $? >\(quoted(new.there)) && mv \(quoted(new.there)) \(quoted(status.there))\n"
    try Files.write(script.here, text, mode: 0o644)
  }

  func result(within limit: Duration) async throws -> Ran {
    let code: Int32 = try await eventually(within: limit, "\(Files.text(script.here) ?? "")") {
      Files.text(status.here).flatMap { Int32($0.dropLast()) }
    }
    return Ran(status: code, out: Files.read(out.here) ?? [], err: Files.read(err.here) ?? [])
  }
}

/// Quotes any text as one word for a POSIX shell.
public func quoted(_ word: String) -> String {
  "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
    + "'"
}
