/// Running programs where a user runs them: in a pane, on its terminal, with the output kept apart in files.
extension TmuxServer {
  /// Runs a program in a new window, which closes when it ends.
  /// - Parameter stdin: the terminal when nil.
  public func run(
    _ program: String, _ arguments: [String] = [], stdin: [UInt8]? = nil,
    environment: [String: String] = [:], window: String = "runner", session: String = "main",
    within limit: Duration = .seconds(60)
  ) async throws -> Ran {
    let job = try PaneJob(sandbox, program, arguments, stdin, environment)
    _ = try await self.window(window, ["sh", job.script], session: session)
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
    let job = try PaneJob(server.sandbox, program, arguments, stdin, environment)
    try await server.call(["send-keys", "-t", id, "sh \(job.script)", "Enter"])
    return try await job.result(within: limit)
  }
}

/// A shell script that runs one program and says in files what became of it.
struct PaneJob {
  let script: String
  private var out: String { script + ".out" }
  private var err: String { script + ".err" }
  private var status: String { script + ".status" }

  init(
    _ sandbox: Sandbox, _ program: String, _ arguments: [String], _ stdin: [UInt8]?,
    _ environment: [String: String]
  ) throws {
    script = sandbox.path("job")
    var text = environment.map { "export \($0)=\(quoted($1))\n" }.joined()
    text += ([program] + arguments).map(quoted).joined(separator: " ")
    if let stdin {
      try Files.write(script + ".in", stdin)
      text += " <\(quoted(script + ".in"))"
    }
    text += " >\(quoted(out)) 2>\(quoted(err))\n"
    text +=
      "echo $? >\(quoted(status + ".new")) && mv \(quoted(status + ".new")) \(quoted(status))\n"
    try Files.write(script, text)
  }

  func result(within limit: Duration) async throws -> Ran {
    let code: Int32 = try await eventually(within: limit, "\(Files.text(script) ?? script)") {
      Files.text(status).flatMap { Int32($0.dropLast()) }
    }
    return Ran(status: code, out: Files.read(out) ?? [], err: Files.read(err) ?? [])
  }
}

/// One word for a POSIX shell, whatever is in it.
public func quoted(_ word: String) -> String {
  "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
    + "'"
}
