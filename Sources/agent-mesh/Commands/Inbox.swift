internal import ArgumentParser
internal import Mesh
internal import MeshHost

/// `agent-mesh inbox`: the files that were received, their senders, and the keys that signed them.
struct InboxCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inbox",
    abstract: "List the files that others dropped into ~/.agent-inbox, and from whom they are.")

  @OptionGroup var output: OutputOptions
  @Flag(help: "Wait for the next file, and print it.")
  var wait = false
  @Option(
    help: ArgumentHelp("Remove what landed longer ago than this: 30d, 12h, 90m.", valueName: "age"))
  var prune: String?

  mutating func run() throws {
    let site = try Own.site()
    let index = InboxIndex(site.home)
    if let prune { return try remove(olderThan: prune, site, index) }
    try Inbox(site.home).tidy()
    let entries = try index.entries()
    try show(wait ? awaitMore(than: entries, index) : entries)
  }

  /// Nothing announces a file to this process, so it reads the small index a few times per second.
  private func awaitMore(than known: [InboxEntry], _ index: InboxIndex) throws -> [InboxEntry] {
    let ids = Set(known.map(\.id))
    while true {
      Standard.pause(.milliseconds(200))
      let now = try index.entries()
      let new = now.filter { !ids.contains($0.id) }
      if !new.isEmpty { return new }
    }
  }

  private func show(_ entries: [InboxEntry]) {
    if output.json {
      for entry in entries { Output.encoded(entry) }
    } else if output.plain || !Standard.isTerminal(.output) {
      for entry in entries { Output.line(SafeText.line(entry.path, limit: 4096)) }
    } else {
      let rows = entries.map { entry in
        [
          // The beginning distinguishes the keys; --json prints them whole.
          entry.time.prefix(19) + "Z", SafeText.line(entry.from), ByteCount.text(entry.bytes),
          entry.sealed ? "sealed" : "", SafeText.line(String(entry.key.prefix(15))),
          SafeText.line(entry.path),
        ]
      }
      Output.table([["TIME", "FROM", "SIZE", "", "SIGNED BY", "PATH"]] + rows)
    }
  }

  private func remove(olderThan text: String, _ site: Site, _ index: InboxIndex) throws {
    guard let age = Age.milliseconds(text) else {
      throw Failure.usage("--prune wants an age as 30d, 12h or 90m; nothing was removed")
    }
    let before = Timestamp(milliseconds: site.now.milliseconds - age)
    let gone = try index.prune(before: before)
    show(gone)
    if !output.json { Output.note("inbox: \(gone.count) removed") }
  }
}
