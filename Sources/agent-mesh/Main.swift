internal import ArgumentParser
internal import Mesh
internal import MeshHost

/// One binary for all commands. The name by which it is called selects the command.
@main
enum Main {
  static func main() {
    ProcessHardening.apply()
    let called = CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? ""
    let rest = Array(CommandLine.arguments.dropFirst())
    // Other accounts can read arguments in a process listing, and ours contain messages.
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
    _ root: Command.Type, _ arguments: [String], _ shortcut: Shortcut? = nil
  ) {
    var doing = shortcut?.doing ?? .looking
    do {
      if let shortcut { return try shortcut.run() }
      if let failure = UsageError.unknownHelp(root, arguments) { throw failure }
      var command: any ParsableCommand
      do { command = try root.parseAsRoot(arguments) } catch {
        throw try UsageError(root, arguments, error).failure
      }
      if let ours = command as? any MeshCommand { doing = ours.doing }
      try command.run()
      try Output.check()
    } catch  where root.exitCode(for: error) == .success {
      // `--help` and `--version` end a command this way.
      Standard.write(root.fullMessage(for: error) + "\n")
    } catch {
      let failure = Failure(error)
      failure.report(as: root._commandName, doing, json: arguments.contains("--json"))
      OwnProgram.exit(failure.code)
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
      Graph.self, Ask.self, Pick.self,
      Acl.self, SwitchOff.self,
      InboxCommand.self, LookCommand.self, Drain.self, TimerCommand.self, DeployCommand.self,
      SetupAgents.self, AgentHook.self,
    ])
}

/// A command that knows what to say about its work when it fails.
protocol MeshCommand: ParsableCommand {
  var doing: Doing { get }
}

/// Command lines that need no parser: a recipient and words without options, and the constant lines
/// of hooks and peers. These are the most frequent, and the parser takes a tenth of a message's
/// time. It would read them the same way.
struct Shortcut {
  let doing: Doing
  let run: () throws -> Void

  init?(notify words: [String]) {
    guard !words.isEmpty, !words.contains(where: { $0.hasPrefix("-") }) else { return nil }
    doing = .sending
    run = {
      let command = SendCommand(words: words)
      try command.run(try Own.site(preparesTmux: command.hasItsText))
    }
  }

  init?(hook words: [String]) {
    if words == ["rescan"] {
      doing = .looking
      run = { try Rescanning.afterHook(try Own.site()) }
    } else if words.count == 1, let verb = RemoteVerb(rawValue: words[0]) {
      doing = verb == .deliver ? .receiving : .looking
      run = { try Serving.run(verb, try Own.site(preparesTmux: verb == .deliver)) }
    } else if words.count == 3, words[0] == "serve", words[1] == "--peer",
      !words[2].hasPrefix("-")
    {
      doing = .receiving
      run = { try Serving.serve(words[2]) }
    } else {
      return nil
    }
  }
}
