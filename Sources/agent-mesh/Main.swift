internal import ArgumentParser
internal import MeshHost

/// One binary; the name it is called by says which command is meant.
@main
enum Main {
  static func main() {
    ProcessHardening.apply()
    let called = CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? ""
    let rest = Array(CommandLine.arguments.dropFirst())
    // What is said to an agent is nobody else's to read in a process listing.
    ProcessHardening.hideArguments()
    switch called {
    case "notify-pane": start(NotifyPane.self, rest, Shortcut(notify: rest))
    case "agent-register-hook": start(RegisterHook.self, rest, Shortcut(hook: rest))
    case "agent-discover": start(Discover.self, rest)
    case "agent-self-identify": start(SelfIdentify.self, rest)
    case "sync-agent-registry", "sync-agent-registry.sh": start(SyncRegistry.self, rest)
    case "agent-keys": start(Keys.self, rest)
    default: start(AgentMesh.self, rest.isEmpty ? ["list"] : rest)
    }
  }

  private static func start<Command: ParsableCommand>(
    _ command: Command.Type, _ arguments: [String], _ shortcut: Shortcut? = nil
  ) {
    do {
      if let shortcut { return try shortcut.run() }
      var parsed = try command.parseAsRoot(arguments)
      try parsed.run()
      try Output.check()
    } catch let failure as Failure {
      failure.report(as: command._commandName)
      OwnProgram.exit(failure.code)
    } catch {
      let code = command.exitCode(for: error)
      let text = command.fullMessage(for: error)
      if !text.isEmpty {
        Standard.write(text + "\n", to: code == .success ? .output : .error)
      }
      // ArgumentParser's 64 for usage is 1 here, as in the original.
      OwnProgram.exit(code == .validationFailure ? 1 : code.rawValue)
    }
  }
}

struct AgentMesh: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agent-mesh",
    abstract: "Signed messages between command-line agents in tmux, on one host or many.",
    version: Version.full,
    subcommands: [
      ListAgents.self, NotifyPane.self, RegisterHook.self, Discover.self, SelfIdentify.self,
      SyncRegistry.self,
      Keys.self, Status.self, PingHost.self, DoctorCommand.self, Log.self, QueueCommand.self,
      Acl.self, SwitchOff.self,
      InboxCommand.self, LookCommand.self, Drain.self, TimerCommand.self, DeployCommand.self,
    ])
}

/// Command lines that need no parser: a recipient and words without options, and what hooks and peers say, always alike.
/// They are what is called all the time, and the parser costs a tenth of a message. It would understand them the same.
struct Shortcut {
  let run: () throws(Failure) -> Void

  init?(notify words: [String]) {
    guard !words.isEmpty, !words.contains(where: { $0.hasPrefix("-") }) else { return nil }
    run = { () throws(Failure) in
      try SendCommand(try Setup.site(), SendRequest(words: words)).run()
    }
  }

  init?(hook words: [String]) {
    if words == ["rescan"] {
      run = { () throws(Failure) in try Rescanning.afterHook(try Setup.site()) }
    } else if words.count == 1, let verb = RemoteVerb(rawValue: words[0]) {
      run = { () throws(Failure) in try Serving.run(verb, try Setup.site()) }
    } else if words.count == 3, words[0] == "serve", words[1] == "--peer",
      !words[2].hasPrefix("-")
    {
      run = { () throws(Failure) in try Serving.serve(words[2]) }
    } else {
      return nil
    }
  }
}
