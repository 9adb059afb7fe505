internal import ArgumentParser
internal import Mesh
internal import MeshHost

/// The error for a command line that ArgumentParser refuses: two lines and a pointer to `--help`.
/// The parser's own text has up to ten lines and prints control characters in arguments.
struct UsageError {
  private let root: any ParsableCommand.Type
  private let arguments: [String]
  /// The command that the line refers to, and its full name.
  private let command: any ParsableCommand.Type
  private let name: String
  /// The first argument after the command's name.
  private let next: String?
  private let error: any Error

  /// - Throws: the error itself if it is none: `--help` and `--version` end a command this way.
  init(_ root: any ParsableCommand.Type, _ arguments: [String], _ error: any Error) throws {
    guard root.exitCode(for: error) != .success else { throw error }
    var (command, name, rest) = (root, root._commandName, arguments[...])
    while let first = rest.first,
      let below = command.configuration.subcommands.first(where: { $0._commandName == first })
    {
      (command, name) = (below, "\(name) \(first)")
      rest = rest.dropFirst()
    }
    (self.root, self.arguments, self.command, self.name) = (root, arguments, command, name)
    self.error = error
    next = rest.first
  }

  var failure: Failure {
    if let unknown = unknownCommand { return unknown }
    // The second guess ("or: …") is usually wrong.
    let message = root.message(for: error).split(separator: "\n").first.map(String.init) ?? ""
    var text = SafeText.line(message, limit: 400)
    let literal = literalBody(text)
    if literal != nil, let dot = text.firstRange(of: ". Did you mean") {
      text = String(text[..<dot.lowerBound])
    }
    var failure = Failure.usage(
      text.prefix(1).lowercased() + text.dropFirst(), undone: isSending ? nil : "")
    if isSending { failure.undone = Doing.sending.undone }
    failure.hints = literal.map { [$0] } ?? []
    failure.usage = usage
    return failure
  }

  private var isSending: Bool { command == NotifyPane.self }

  /// The first line of the command's usage, and how to get more.
  private var usage: [String] {
    let all = root.usageString(for: command).split(separator: "\n").first.map(String.init) ?? ""
    let line = all.hasPrefix("Usage: ") ? String(all.dropFirst("Usage: ".count)) : all
    return ["usage: \(line)", "help:  \(name) --help"]
  }

  /// `agent-mesh lst`: a command that does not exist, with the nearest existing ones.
  private var unknownCommand: Failure? {
    guard let next else { return nil }
    return Self.unknown(next, of: command, name)
  }

  /// `agent-mesh help frob`, for which the parser would print the help of the whole program.
  static func unknownHelp(
    _ root: any ParsableCommand.Type, _ arguments: [String]
  ) -> Failure? {
    guard arguments.first == "help" else { return nil }
    var (command, name) = (root, root._commandName)
    for word in arguments.dropFirst() {
      guard let below = command.configuration.subcommands.first(where: { $0._commandName == word })
      else { return unknown(word, of: command, name) }
      (command, name) = (below, "\(name) \(word)")
    }
    return nil
  }

  private static func unknown(
    _ next: String, of command: any ParsableCommand.Type, _ name: String
  ) -> Failure? {
    let names = command.configuration.subcommands.map { $0._commandName }
    guard !names.isEmpty, !next.hasPrefix("-") else { return nil }
    let typed = Array(next.utf8.prefix(40))
    let near = names.compactMap { known in
      NearNames.distance(typed, Array(known.utf8), limit: 2).map { (known, $0) }
    }.min { $0.1 < $1.1 }
    var failure = Failure.usage("\(name) has no command '\(SafeText.line(next, limit: 40))'")
    failure.hints = [Self.familiar[next] ?? near.map { "\(name) \($0.0)" } ?? "\(name) --help"]
    return failure
  }

  /// Commands that users of other programs try first.
  private static let familiar = [
    "list": "notify-pane --list", "ls": "notify-pane --list", "send": "notify-pane AGENT …",
    "whoami": "notify-pane --whoami", "init": "agent-keys init", "keys": "agent-keys list",
    "trust": "agent-keys trust HOST", "sync": "sync-agent-registry",
  ]

  /// `notify-pane AGENT --fix the bug`: suggests `--` before the text, because the
  /// text begins with a dash.
  private func literalBody(_ message: String) -> String? {
    guard isSending, message.hasPrefix("Unknown option"), name == root._commandName,
      let agent = arguments.first, !agent.hasPrefix("-"), arguments.count > 1
    else { return nil }
    let body = arguments.dropFirst()
    guard let first = body.first, first.hasPrefix("-"), first != "-" else { return nil }
    // A single option with a small typo was meant as an option.
    guard !message.contains("Did you mean '--") || !first.hasPrefix("--") else { return nil }
    let words = body.map { ShellWord.quoted(SafeText.line($0, limit: 80)) }
    return "notify-pane \(ShellWord.quoted(SafeText.line(agent, limit: 80))) -- "
      + words.joined(separator: " ")
  }
}

/// Names for the shells' completion, as they exist now. After an error nothing is proposed.
enum Completion {
  /// How many messages are proposed, the newest first.
  private static let mostIDs = 40

  static var addresses: CompletionKind { live { site in try book(site).addresses.map(\.text) } }

  static var roles: CompletionKind {
    live { site in try book(site).entries.map { SafeText.line($0.entry.saidRole) } }
  }

  /// Hosts whose keys are pinned, and those of `peers.conf`.
  static var hosts: CompletionKind {
    live { site in
      let peers = try site.home.peers().map(\.host)
      return (try site.trustedKeys().hosts + peers).map(\.name)
    }
  }

  /// Ids of messages that were received or sent.
  static var ids: CompletionKind {
    live { site in
      try AuditReading(site.home).messages(HistoryQuery(), most: mostIDs).reversed()
        .compactMap { $0.id.map { String($0.prefix(8)) } }
    }
  }

  /// Ids of messages that wait here.
  static var waiting: CompletionKind {
    live { site in try WaitingQueue(site).messages().map(\.id.short) }
  }

  private static func book(_ site: Site) throws -> AddressBook { try ListCommand.book(site) }

  private static func live(
    _ names: @escaping @Sendable (Site) throws -> [String]
  ) -> CompletionKind {
    .custom { _, _, _ in
      guard let site = try? Own.site(), let all = try? names(site) else { return [] }
      var seen: Set<String> = []
      return all.filter { !$0.isEmpty && seen.insert($0).inserted }
    }
  }
}
