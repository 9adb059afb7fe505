internal import Mesh
internal import MeshCrypto
internal import MeshHost

/// `notify-pane <agent> <body>`: from words to an exit code.
struct SendCommand {
  let site: Site
  let request: SendRequest
  private var words: [String] { request.words }
  private var reply: Bool { request.reply }

  init(_ site: Site, _ request: SendRequest) { (self.site, self.request) = (site, request) }

  func run() throws(Failure) {
    // A body may take its time to come: what is known of keys, policies and panes is read behind it.
    let spoken = reply ? words[...] : words.dropFirst()
    if request.drop.seal { try isNotOnTheCommandLine(spoken) }
    let attachment = try request.drop.attachment(site)
    let body =
      attachment == nil ? try Body.read(spoken) : try Body.caption(spoken, request.drop.file)
    let sending = try Setup.sending(site)
    let router = Router(site, sending.trusted)
    // ssh connects while it is found out who speaks here.
    let early = reply ? nil : try? router.route(to: words[0])
    let call = request.dryRun || attachment != nil ? nil : early.flatMap { sending.call($0) }
    let sender = try Senders.identify(
      site, sending.trusted, as: request.name, to: reply ? nil : words[0])
    let addressed = try recipient(sender)
    var route = if let early { early } else { try self.route(to: addressed.to, router) }
    var order = try order(from: sender.address, body, addressed)
    order.seal = request.drop.seal
    order.attachment = attachment
    if attachment != nil { order.kind = .file }
    if request.dryRun { return report(order, route) }
    route = try SealRoute.refreshed(route, order, site, sending)
    if route.isStale { Output.note("notify-pane: what is known of \(route.host) has expired") }
    let delivered = try Setup.files { () throws(SetupError) in
      // However it ends: what is said next stands on a line of its own.
      defer { attachment?.progress(1, 1) }
      return try sending.send(order, by: route, panes: sender.panes, call: call)
    }
    Draining.sendNoticesInBackground(site)
    let near = delivered.disposition.outcome == .unknownAgent ? try? router.near(route.to) : nil
    try SendReport(order: order, route: route, delivered: delivered, near: near ?? [])
      .print(json: request.json)
  }

  /// Other accounts of a machine read its command lines, however soon the words are taken out of them.
  private func isNotOnTheCommandLine(_ spoken: ArraySlice<String>) throws(Failure) {
    guard !spoken.isEmpty, Array(spoken) != ["-"] else { return }
    let to = reply ? "--reply" : SafeText.line(words[0], limit: 80)
    let file = request.drop.file == nil ? "" : "--file … "
    throw .usage(
      "with --seal the text comes from stdin: other accounts can read a command line; nothing was sent",
      hint: "notify-pane --seal \(file)\(to) - <FILE   or: … | notify-pane --seal \(file)\(to) -")
  }

  private func route(to name: String, _ router: Router) throws(Failure) -> Route {
    do { return try router.route(to: name) } catch { throw Failure(error, to: name) }
  }

  /// Whom it goes to, and which message it answers.
  private struct Addressed {
    var to: String
    var inReplyTo: MessageID?
  }

  private func recipient(_ sender: SenderIdentity) throws(Failure) -> Addressed {
    let explicit = try id(request.inReplyTo)
    guard reply else { return Addressed(to: words[0], inReplyTo: explicit) }
    guard let pane = sender.pane else {
      throw .usage(
        "--reply answers for a pane, and this process is in none; nothing was sent",
        hint: sender.service.map { Senders.help($0) })
    }
    let last = try Setup.files { () throws(SetupError) in
      try LastReceived(site.home).load(pane)
    }
    guard let last else {
      throw .usage("this pane has received nothing to reply to; nothing was sent")
    }
    guard let to = last.answersGoTo else {
      let asked = last.replyTo?.text ?? "-"
      throw .usage(
        "the last message asks for answers at \(asked), on another host than its sender's; nothing was sent",
        hint: "notify-pane \(asked) …   if you mean it")
    }
    return Addressed(to: to.text, inReplyTo: explicit ?? last.id)
  }

  private func order(
    from: Address, _ body: [UInt8], _ addressed: Addressed
  ) throws(Failure) -> Order {
    var replyTo: Address?
    if let text = request.replyTo {
      guard let address = try? Address(validating: text) else {
        throw .usage("--reply-to wants an address; nothing was sent")
      }
      replyTo = address
    }
    let id = if let given = try id(request.id) { given } else { try Setup.newID() }
    let force = request.force || site.environment.filled("FORCE_SEND") == "1"
    var order = Order(
      from: from, body: body, replyTo: replyTo, inReplyTo: addressed.inReplyTo,
      options: SendOptions(
        force: force, queue: request.queue, wait: request.wait, notify: request.notify),
      id: id)
    order.life = request.expires.map { Int64($0) * 1000 }
    return order
  }

  private func id(_ text: String?) throws(Failure) -> MessageID? {
    guard let text else { return nil }
    guard let id = try? MessageID(validating: text) else {
      throw .usage("an id has 26 characters of a-z and 2-7; nothing was sent")
    }
    return id
  }

  private func what(_ order: Order) -> String {
    guard let attachment = order.attachment else { return "\(order.body.count) bytes" }
    return "\(attachment.name) (\(attachment.file.size) bytes)"
  }

  private func report(_ order: Order, _ route: Route) {
    let way = route.alias.map { "by ssh to \($0)" } ?? "on this host"
    Output.line(
      "would send \(what(order)) from \(order.from) to \(route.to) (\(route.host), \(way), key \(route.key.fingerprint)); nothing was sent"
    )
  }
}

/// The text to send: from the words, or from stdin.
enum Body {
  /// A body that is typed by hand may take its time, one from a program too.
  private static let patience = Duration.seconds(3600)

  static func read(_ words: ArraySlice<String>) throws(Failure) -> [UInt8] {
    var bytes = Array(words.joined(separator: " ").utf8)
    if words.isEmpty || Array(words) == ["-"] { bytes = try standardInput() }
    do { _ = try SafeText(body: bytes) } catch {
      let what =
        switch error {
        case .tooLong: "the body is longer than 64 KiB"
        case .notUTF8: "the body is not UTF-8"
        case .tagCharacters: "the body holds invisible tag characters"
        }
      throw Failure(code: 5, reason: Reason.text.rawValue, text: "\(what); nothing was typed")
    }
    return bytes
  }

  /// The text that goes with a file: from the words alone, or from stdin where that is asked for and free.
  static func caption(_ words: ArraySlice<String>, _ file: String?) throws(Failure) -> [UInt8] {
    if words.isEmpty { return [] }
    if Array(words) == ["-"], file == "-" {
      throw .usage("stdin cannot be both the file and its caption; nothing was sent")
    }
    let bytes = try read(words)
    guard bytes.count <= FileText.captionLimit else {
      throw Failure(
        code: 5, reason: Reason.text.rawValue,
        text: "a file's caption has at most 4 KiB; nothing was typed")
    }
    return bytes
  }

  /// Without the line feeds at its end, as `$(…)` would give it.
  private static func standardInput() throws(Failure) -> [UInt8] {
    if Standard.isTerminal(.input) { Output.note("notify-pane: type the text, then ^D") }
    do {
      var bytes = try Standard.readAll(limit: SafeText.limit + 2, until: .now + patience)
      while bytes.last == 10 { bytes.removeLast() }
      return bytes
    } catch {
      throw Failure(
        code: 5, reason: Reason.text.rawValue,
        text: "stdin could not be read, or is longer than 64 KiB; nothing was typed")
    }
  }
}

/// What is to be sent, as the command line says it.
struct SendRequest {
  /// The recipient, unless it is a reply; then the body.
  var words: [String]
  var reply = false
  var dryRun = false
  var json = false
  /// The name to send under.
  var name: String?
  var replyTo: String?
  var inReplyTo: String?
  var id: String?
  var force = false
  var queue = false
  var notify = false
  /// Seconds.
  var wait: Int?
  var expires: Int?
  var drop = Drop()
}

/// A seal key is taken from an unexpired slice only: where there is none, the host is asked first.
enum SealRoute {
  static func refreshed(
    _ route: Route, _ order: Order, _ site: Site, _ sending: borrowing Sending
  ) throws(Failure) -> Route {
    guard sending.seals(order, route), route.sealKey == nil, let peer = route.peer else {
      return route
    }
    do throws(SyncError) {
      let calling: SyncCalling
      do { calling = try SyncCalling(site) } catch { throw .setup(error) }
      for notice in try calling.run(with: peer).notices {
        Output.note(SafeText.line(notice, limit: 400))
      }
    } catch {
      Output.note("notify-pane: \(Failure(error, peer).text)")
    }
    return try Setup.route(to: route.to.text, site, sending)
  }
}
