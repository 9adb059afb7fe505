internal import ArgumentParser
internal import Mesh
internal import MeshHost

/// `agent-mesh ask`: a message, and the answer to it, for scripts and agents.
struct Ask: MeshCommand {
  static let configuration = CommandConfiguration(
    commandName: "ask", abstract: "Send a message, wait for the answer to it, and print that.",
    discussion: """
      The answer is the first message of the asked agent's host that names this one, as `notify-pane --reply` makes it. \
      It goes to standard output and is typed nowhere. Exit status: 0 the answer; 3 none came in time; else as notify-pane.
      """)

  @Argument(help: ArgumentHelp("The agent's address, then the text.", valueName: "agent and text"))
  var words: [String]
  @Option(
    help: ArgumentHelp("How long to wait: 30s, 10m, 2h; 10m if not said.", valueName: "time"),
    transform: WaitingTime.init(parsing:))
  var timeout: WaitingTime?
  @Flag(help: "Print one JSON object.") var json = false

  mutating func validate() throws {
    guard words.count > 1 else { throw ValidationError("an agent and a text are wanted") }
  }

  var doing: Doing { .sending }

  mutating func run() throws {
    let site = try Own.site()
    let id = try MessageID.new()
    let asks = Asks(site.home)
    defer { asks.close(id) }
    try ask(site, id, asks, timeout?.seconds ?? 600)
  }

  private func ask(_ site: Site, _ id: MessageID, _ asks: Asks, _ seconds: Int) throws {
    let end = ContinuousClock.now + .seconds(seconds)
    let sending = try Own.sending(site)
    let router = Router(site, sending.trusted)
    let route = try SendCommand(words: words).route(to: words[0], router)
    let until = Timestamp(milliseconds: site.now.milliseconds + Int64(seconds) * 1000)
    try asks.open(id, of: route.host, until: until, now: site.now)
    var message = SendCommand(words: [route.to.text] + words.dropFirst())
    (message.id, message.options.wait) = (id.text, min(seconds, SendOptions.longestWait))
    guard let report = try message.sent(site) else { return }
    guard report.delivered.disposition.outcome.isSuccess else { throw report.failure }
    while ContinuousClock.now < end {
      if let found = try asks.answer(to: id) { return print(found, id) }
      Standard.pause(.milliseconds(150))
    }
    if let found = asks.close(id) { return print(found, id) }
    throw Failure(
      .notReady, "no-answer",
      "\(route.to) has the message (\(report.delivered.disposition.outcome.rawValue)), and did not answer in \(seconds) s",
      undone: "", try: "agent-mesh log --id \(id.short)")
  }

  private func print(_ answer: Asks.Answer, _ id: MessageID) {
    guard json else { return Output.line(answer.text) }
    Output.json([
      "ok": true, "exit": 0, "id": id.text, "from": answer.from.text, "answer": answer.id.text,
      "text": answer.text,
    ])
  }
}
