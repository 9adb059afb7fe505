#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import TestSupport
import Testing

/// `--help` of every command is kept in `Tests/Golden/help`.
@Suite struct GoldenHelpTests {
  private struct Dump: Decodable { var command: Command }
  private struct Command: Decodable {
    var commandName: String
    var shouldDisplay: Bool?
    var subcommands: [Command]?

    /// The command lines of this command and its subcommands.
    func lines(_ above: [String]) -> [[String]] {
      let own = above + [commandName]
      return [own]
        + (subcommands ?? []).filter { $0.commandName != "help" }.flatMap { $0.lines(own) }
    }
  }

  /// All command lines of the program, as the program itself lists them.
  static func commands(_ sandbox: Sandbox) async throws -> [[String]] {
    let dump = try await sandbox.must("agent-mesh", ["--experimental-dump-help"])
    let root = try JSONDecoder().decode(Dump.self, from: Data(dump.utf8)).command
    return root.lines([]).map { line in
      line.count > 1 && Programs.names.contains(line[1]) ? Array(line.dropFirst()) : line
    }
  }

  @Test("Every --help is as it was last read and approved")
  func helpTexts() async throws {
    try await Sandbox.with { sandbox in
      let commands = try await Self.commands(sandbox)
      #expect(commands.count > 30)
      var names: Set<String> = []
      for command in commands {
        let ran = try await sandbox.run(command[0], Array(command.dropFirst()) + ["--help"])
        #expect(ran.status == 0 && ran.errorText.isEmpty, "\(command) \(ran)")
        let name = command.joined(separator: "-") + ".txt"
        names.insert(name)
        try Golden.expect(String(decoding: ran.out, as: UTF8.self), "help/\(name)")
      }
      let kept = Set(Files.list("\(Golden.folder)/help"))
      #expect(kept.subtracting(names).isEmpty, "kept for commands that are no more")
    }
  }
}
