/// Running programs where a user runs them: in a pane, on its terminal, with the output kept apart in files.
extension TmuxServer {
  /// Runs a program in a new window, which closes when it ends.
  /// - Parameter stdin: the terminal when nil.
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
  /// Runs a program from the shell that this pane has at its prompt.
  /// - Parameter stdin: the terminal when nil.
  public func run(
    _ program: String, _ arguments: [String] = [], stdin: [UInt8]? = nil,
    environment: [String: String] = [:], within limit: Duration = .seconds(60)
  ) async throws -> Ran {
    let job = try PaneJob(server.machine, program, arguments, stdin, environment)
    try await server.call(["send-keys", "-t", id, "sh \(job.script.there)", "Enter"])
    return try await job.result(within: limit)
  }
}

/// A shell script that runs one program and says in files what became of it.
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
      // Another account of the machine may have to read it; the directory is closed to the rest.
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

/// One word for a POSIX shell, whatever is in it.
public func quoted(_ word: String) -> String {
  "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
    + "'"
}
