internal import ArgumentParser
internal import Mesh
internal import MeshHost

struct NotifyPane: MeshCommand {
  static let configuration = CommandConfiguration(
    commandName: "notify-pane",
    abstract: "Type a signed message into another agent's input, wherever it runs.",
    usage: """
      notify-pane [<options>] <agent> [<body> ...]
             notify-pane <agent> --file <path> [<options>] [<caption> ...]
             notify-pane <agent>,<agent>,… [<options>] [<body> ...]
             notify-pane [--to-role <role>] [--to-host <host>] [<options>] [<body> ...]
             notify-pane --batch [<options>]
             notify-pane --reply [<options>] [<body> ...]
             notify-pane --status <id> [<agent>]
             notify-pane --list | --whoami
             notify-pane --verify <id> [--export <dir>]
      """,
    discussion: """
      The words of the body are joined by blanks; without a body, or with `-`, it is read from stdin. \
      Exit status: 0 submitted, typed, shown or queued; 1 usage; 2 unknown agent; 3 recipient not ready; \
      4 ssh or tmux failure; 5 refused by policy; 6 not authentic; 7 not set up; 8 unknown, it may have \
      been typed.
      """,
    version: Version.full)

  @Argument(
    help: ArgumentHelp("The recipient's address, then the text.", valueName: "agent and body"),
    completion: Completion.addresses)
  var words: [String] = []

  @OptionGroup var sending: SendingOptions
  @OptionGroup var drop: DropOptions
  @OptionGroup(title: "More than one recipient") var several: SeveralOptions
  @OptionGroup var output: OutputOptions

  @Flag(help: "List the addresses that are known; bare when stdout is no terminal.")
  var list = false
  @OptionGroup(title: "With --list") var filter: AgentFilter
  @Flag(help: "Print the address that messages from here carry.")
  var whoami = false
  @Flag(help: "Answer the last message that this pane received.")
  var reply = false
  @Option(
    help: ArgumentHelp(
      "Say what became of the message with this id; 8 characters are enough.", valueName: "id"),
    completion: Completion.ids)
  var status: String?
  @Flag(name: .customLong("dry-run"), help: "Say what would be sent, and where; send nothing.")
  var dryRun = false

  @Option(
    help: ArgumentHelp("Check a message of the log again.", valueName: "id"),
    completion: Completion.ids)
  var verify: String?
  @Option(
    help: ArgumentHelp("With --verify: write what proves it, for ssh-keygen.", valueName: "dir"))
  var export: String?

  mutating func validate() throws {
    guard export == nil || verify != nil else {
      throw ValidationError("--export goes with --verify")
    }
    try refuseWhatIsLeft()
    if verify != nil { return }
    guard !(list && whoami) else { throw ValidationError("--list and --whoami do not go together") }
    guard list || filter.isEmpty else {
      throw ValidationError("--host, --role and --ready go with --list")
    }
    if list || whoami || reply || status != nil || several.isUsed { return }
    guard let first = words.first, first != "-" else {
      throw ValidationError("the recipient's address is missing")
    }
  }

  /// Refuses words and recipients that the answer does not need: the user meant another command.
  private func refuseWhatIsLeft() throws {
    let answers = list || whoami || verify != nil
    let most = answers || several.batch ? 0 : status != nil ? 1 : Int.max
    guard words.count <= most else {
      throw ValidationError("unexpected argument '\(words[most])'")
    }
    guard !(answers || status != nil) || !several.isUsed else {
      throw ValidationError("--to-role, --to-host and --batch are for sending")
    }
  }

  private var sends: Bool { !list && !whoami && status == nil && verify == nil }

  var doing: Doing { sends ? .sending : .looking }

  mutating func run() throws {
    let site = try Own.site(preparesTmux: sends && message.hasItsText)
    if let verify {
      return try VerifyCommand(site: site, output: output, id: verify, directory: export).run()
    }
    if list { return try ListCommand(site: site, output: output, filter: filter).run() }
    if whoami {
      let sending = try Own.sending(site)
      let sender = try Senders.identify(site, sending.trusted, as: self.sending.name)
      Senders.explain(sender, site)
      return output.json
        ? Output.json(["address": sender.address.text]) : Output.line(sender.address.text)
    }
    if let status {
      return try StatusCommand(site: site, output: output, id: status, recipient: words.first).run(
        try Own.sending(site))
    }
    if several.batch { return try Batch(site: site, message: message).run() }
    if several.isUsed {
      return try Recipients(site: site, message: message)
        .run(role: several.toRole, host: several.toHost)
    }
    try message.run(site)
  }

  private var message: SendCommand {
    var message = SendCommand(words: words)
    (message.reply, message.dryRun, message.json) = (reply, dryRun, output.json)
    message.yes = several.yes
    (message.name, message.replyTo) = (sending.name, sending.replyTo)
    (message.id, message.inReplyTo) = (sending.id, sending.inReplyTo)
    message.options = SendOptions(
      force: sending.force, queue: sending.queue, wait: sending.wait?.seconds,
      notify: sending.queue && sending.notify != false)
    message.expires = sending.expires?.seconds
    (message.seal, message.file, message.fileName) = (drop.seal, drop.file, drop.name)
    return message
  }
}

/// More recipients. A role means agents of this host, unless a host is given.
struct SeveralOptions: ParsableArguments {
  @Option(
    name: .customLong("to-role"),
    help: ArgumentHelp(
      "All agents with these words in their role: of this host, or of --to-host.", valueName: "role"
    ))
  var toRole: String?
  @Option(
    name: .customLong("to-host"),
    help: ArgumentHelp("All agents of this host; `all`: of every host.", valueName: "host"))
  var toHost: String?
  @Flag(help: "More than ten recipients are meant.") var yes = false
  @Flag(
    help: "One JSON object a line on stdin, with \"to\" and \"body\"; one result a line on stdout.")
  var batch = false

  var isUsed: Bool { toRole != nil || toHost != nil || batch }
}

/// What goes into the statement.
struct SendingOptions: ParsableArguments {
  @Option(
    name: .customLong("as"),
    help: "Send under this name: outside tmux, from tmux run-shell, below an agent's daemon.")
  var name: String?
  @Option(
    name: .customLong("reply-to"), help: "The address that answers go to.",
    completion: Completion.addresses)
  var replyTo: String?
  @Option(
    name: .customLong("in-reply-to"),
    help: "The id of the message that this answers; 8 characters are enough.",
    completion: Completion.ids)
  var inReplyTo: String?
  @Option(help: "Send under this id; repeating one is safe.")
  var id: String?
  @Flag(help: "Type over a draft or an unknown screen, where the recipient allows it.")
  var force = false
  @Option(
    help: ArgumentHelp(
      "Wait so long for the recipient to become ready: 30s, 5m, or seconds; an hour at most.",
      valueName: "time"),
    transform: WaitingTime.init(parsing:))
  var wait: WaitingTime?
  @Flag(
    help:
      "Leave the message on the recipient's host until the recipient is ready, for a day at most.")
  var queue = false
  @Option(
    help: ArgumentHelp("With --queue: how long it is kept; a day if not said.", valueName: "time"),
    transform: WaitingTime.init(parsing:))
  var expires: WaitingTime?
  @Flag(
    inversion: .prefixedNo,
    help:
      "With --queue: tell this pane if the message is not delivered in the end; it is told if not said."
  )
  var notify: Bool?

  func validate() throws {
    if !queue, notify != nil || expires != nil {
      throw ValidationError("--notify and --expires go with --queue")
    }
    if let wait, wait.seconds > SendOptions.longestWait {
      throw ValidationError("--wait takes an hour at most")
    }
  }
}

/// The form of the output.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print JSON.")
  var json = false
  @Flag(help: "Print bare lines, on a terminal too.")
  var plain = false
}

/// Sealing, and a file to send.
struct DropOptions: ParsableArguments {
  @Flag(help: "Seal it: only the recipient's account can read it, whatever carries or keeps it.")
  var seal = false
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Drop this file into the recipient's inbox; the body is its caption. `-`: stdin.",
      valueName: "path"),
    completion: .file())
  var file: String?
  @Option(help: "The file's name there; the path's last part when it is not given.")
  var name: String?
}

/// A span of time as people write it on the command line: `30s`, `5m`, `2h`, or seconds.
struct WaitingTime {
  /// A second to a day.
  let seconds: Int

  init(parsing text: String) throws {
    let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
    let unit = text.last.flatMap { units[$0] }
    let digits = unit == nil ? text[...] : text.dropLast()
    guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ (48...57).contains($0) }),
      let number = Int(digits)
    else { throw ValidationError("a time is wanted, such as 30s, 5m or 1h") }
    let seconds = number * (unit ?? 1)
    guard (1...86_400).contains(seconds) else {
      throw ValidationError("a time from 1s to 1d is wanted")
    }
    self.seconds = seconds
  }
}
