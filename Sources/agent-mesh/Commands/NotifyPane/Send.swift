internal import Mesh
internal import MeshCrypto
internal import MeshHost

/// `notify-pane <agent> <body>`: what to send, as the command line says it, and the steps to the report.
struct SendCommand {
  /// The recipient, unless this is a reply; then the words of the body.
  var words: [String]
  /// Replaces the words, if the body was already read and checked.
  var body: [UInt8]?
  /// More than ten recipients are meant.
  var yes = false
  var reply = false
  var dryRun = false
  var json = false
  /// The name to send under.
  var name: String?
  var replyTo: String?
  var inReplyTo: String?
  var id: String?
  var options = SendOptions()
  /// Seconds.
  var expires: Int?
  var seal = false
  /// The file to send; `-`: stdin.
  var file: String?
  /// Its name at the recipient.
  var fileName: String?

  init(words: [String]) { self.words = words }

  /// Nothing has to be read before tmux is asked.
  var hasItsText: Bool { file == nil && !spoken.isEmpty && Array(spoken) != ["-"] }

  func run(_ site: Site) throws {
    if !reply, words.first?.contains(",") == true {
      return try Recipients(site: site, message: self).runList()
    }
    guard !json, let reader = ServerOutput(site) else { return try send(site) }
    // Below `tmux run-shell`, tmux would cover a pane with the output and with any exit code but 0.
    do { try send(site, quietly: true) } catch {
      let name = name ?? site.environment.agentName
      reader.tell(
        "notify-pane: \(Failure(error).sentence(.sending))",
        about: name.flatMap { try? Address(validating: $0) })
    }
  }

  private func send(_ site: Site, quietly: Bool = false) throws {
    guard let report = try sent(site, quietly: quietly) else { return }
    if let error = AuditLog.failure, !quietly {
      Output.note(
        "notify-pane: the message was handled as said, but the history could not be written: \(error)"
      )
    }
    try report.print(json: json, quietly: quietly, site)
    Output.forgive()
  }

  /// The words of the body.
  private var spoken: ArraySlice<String> { reply ? words[...] : words.dropFirst() }

  /// - Returns: `nil` for a dry run.
  func sent(_ site: Site, quietly: Bool = false) throws -> SendReport? {
    // A body on stdin may come late, so keys, policies and panes are read after it.
    let content = try content(site)
    // A client of tmux, unless it runs already, and ssh come up while the rest is read.
    let tmux = try? site.tmux
    tmux?.prepare()
    let sending = try Own.sending(site)
    let early = reply ? nil : try? Router(site, sending.trusted).route(to: words[0])
    let call = dryRun || content.attachment != nil ? nil : early.flatMap { sending.call($0) }
    let sender = try Senders.identify(site, sending.trusted, as: name, to: reply ? nil : words[0])
    if early?.alias != nil { tmux?.dismiss() }
    let (to, answered) = try recipient(sender, site)
    let router = Router(site, sending.trusted, panes: sender.panes)
    var route = if let early { early } else { try self.route(to: to, router) }
    let order = try order(from: sender.address, content, inReplyTo: answered, site)
    if dryRun {
      try DryRun(order: order, route: route).print(site, sending, json: json)
      return nil
    }
    note(sender, order, site)
    route = try withSealKey(route, order, site, sending)
    if route.isStale, !quietly {
      Output.note("notify-pane: the addresses of \(route.host) have expired; sending all the same")
    }
    let delivered = try send(order, route, sender, call, sending)
    let target = route.alias == nil ? sender.panes?.target(of: route.to) : route.target
    let report = SendReport(order: order, route: route, delivered: delivered, target: target)
    return try finish(report, sender, router, site, sending, quietly: quietly)
  }

  /// A text; or a file with its caption.
  private typealias Content = (body: [UInt8], attachment: Attachment?)

  private func content(_ site: Site) throws -> Content {
    if let body { return (body, try attachment(site)) }
    if seal { try isNotOnTheCommandLine() }
    guard let attachment = try attachment(site) else {
      return (try Body.read(spoken, to: words.first), nil)
    }
    return (try Body.caption(spoken, file), attachment)
  }

  private func send(
    _ order: Order, _ route: Route, _ sender: SenderIdentity, _ call: consuming SSHCall?,
    _ sending: borrowing Sending
  ) throws -> Delivered {
    let waiting = WaitingLine(
      options.wait.map { "notify-pane: waiting up to \($0) s for \(route.to) to become ready …" }
        ?? "notify-pane: waiting for \(route.alias == nil ? "\(route.to)" : "\(route.host)") …")
    if order.attachment != nil { waiting.stop() }
    defer {
      waiting.stop()
      // Removes the progress line, so that the next output begins on its own line.
      order.attachment?.progress(1, 1)
    }
    return try sending.send(order, by: route, panes: sender.panes, call: call)
  }

  /// What to say besides the outcome, and what is tried now that there is time.
  private func finish(
    _ sent: SendReport, _ sender: SenderIdentity, _ router: Router, _ site: Site,
    _ sending: borrowing Sending, quietly: Bool
  ) throws -> SendReport {
    var report = sent
    let (route, delivered) = (sent.route, sent.delivered)
    if delivered.waitsHere, !quietly {
      let why = delivered.said.map { " (\($0))" } ?? ""
      Output.note(
        "notify-pane: \(route.host) cannot be reached\(why); the message waits here until it can")
    }
    // Also try messages that wait here.
    Draining.sendNoticesInBackground(site)
    if delivered.disposition.outcome == .unknownAgent {
      if route.alias == nil, let path = site.missingSocket {
        let hidden = Tmux.Failure.unreachable(path: path, why: "it is not there")
        guard sender.panes != nil else { throw hidden }
        // Another server answered; the pane may belong to the hidden one.
        Output.note("notify-pane: \(hidden)")
      }
      report.near = router.near(route.to.text)
    }
    if delivered.disposition.reason == .unsubmitted, route.alias == nil {
      let seen = try? RecipientReading(site, hosts: sending.trusted.hosts, at: route.to)
      report.held = seen?.look.reading.held?.mark
    }
    return report
  }

  /// Other accounts can read command lines before this program hides its arguments.
  private func isNotOnTheCommandLine() throws {
    guard !spoken.isEmpty, Array(spoken) != ["-"] else { return }
    let to = reply ? "--reply" : SafeText.line(words[0], limit: 80)
    let file = file == nil ? "" : "--file … "
    throw Failure.usage(
      "with --seal the text comes from stdin: other accounts can read a command line",
      try: "… | notify-pane --seal \(file)\(to) -")
  }

  /// Logs the basis of the sender's name, if it is not the processes alone.
  private func note(_ sender: SenderIdentity, _ order: Order, _ site: Site) {
    guard let service = sender.service, sender.pane != nil else { return }
    let basis = sender.rests == .onRecord ? "its thread's record" : "its own claim"
    AuditLog(site.home).note(
      "speaks",
      "\(order.id.short) as \(order.from) by \(basis), below \(service.program) \(service.pid)",
      at: site.now)
  }

  /// - Throws: a failure that says which word may have been meant.
  func route(to name: String, _ router: Router) throws -> Route {
    do { return try router.route(to: name) } catch {
      throw swapped(name, router) ?? Failure.leftOut(name, router.site) ?? Failure(error, to: name)
    }
  }

  /// `notify-pane hello there hub-main-cat`: the address comes last, not first.
  private func swapped(_ name: String, _ router: Router) -> Failure? {
    guard !reply, let last = words.dropFirst().last, (try? router.route(to: last)) != nil,
      last.contains("-") || name.contains(" ")
    else { return nil }
    return .unknownAgent(
      "no agent is called \(SafeText.line(name, limit: 60)): the address comes before the text",
      try: ["notify-pane \(last) …"])
  }

  /// Whom it goes to, and which message it answers.
  private func recipient(
    _ sender: SenderIdentity, _ site: Site
  ) throws -> (to: String, inReplyTo: MessageID?) {
    let explicit = try inReplyTo.map { try Named.id($0, site) }
    guard reply else { return (words[0], explicit) }
    guard let pane = sender.pane else {
      throw Failure.usage(
        "--reply answers the last message of a pane, and this process is in none",
        try: sender.service.map { Senders.help($0) } ?? "notify-pane --list")
    }
    guard let last = try LastReceived(site.home).load(pane) else {
      throw Failure.usage("this pane has received no message to answer", try: "notify-pane --list")
    }
    guard let to = last.answersGoTo else {
      let asked = last.replyTo?.text ?? "-"
      throw Failure.usage(
        "the last message asks for answers at \(asked), which is on another host than its sender",
        try: "notify-pane \(asked) …")
    }
    return (to.text, explicit ?? last.id)
  }

  private func order(
    from: Address, _ content: Content, inReplyTo: MessageID?, _ site: Site
  ) throws -> Order {
    let replyTo = try self.replyTo.map { text in
      guard let address = try? Address(validating: text) else {
        throw Failure.usage("--reply-to wants an address", try: "notify-pane --list")
      }
      return address
    }
    let id = try id.map { try Named.id($0, site) } ?? MessageID.new()
    var order = Order(
      kind: content.attachment == nil ? .message : .file, from: from, body: content.body,
      replyTo: replyTo, inReplyTo: inReplyTo, options: options, id: id)
    order.attachment = content.attachment
    if site.environment.filled("FORCE_SEND") == "1" { order.options.force = true }
    order.life = expires.map { Int64($0) * 1000 }
    order.seal = seal
    order.silence = options.queue ? .waits : .fails
    return order
  }

  /// A seal key must come from a slice that has not expired. If there is none, its host is asked first.
  private func withSealKey(
    _ route: Route, _ order: Order, _ site: Site, _ sending: borrowing Sending
  ) throws -> Route {
    guard sending.seals(order, route), route.sealKey == nil, let peer = route.peer else {
      return route
    }
    do throws(SyncError) {
      for notice in try SyncCalling(site).run(with: peer).notices {
        Output.note(SafeText.line(notice, limit: 400))
      }
    } catch { Output.note("notify-pane: \(Failure(error, peer).text)") }
    return try Named.route(to: route.to.text, site, sending)
  }
}
