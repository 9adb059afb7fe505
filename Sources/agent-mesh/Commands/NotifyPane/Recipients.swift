internal import FoundationEssentials
internal import Mesh
internal import MeshHost

/// A message to several recipients: `a,b,c`, `--to-role`, `--to-host`. Each gets its own message.
struct Recipients {
  /// More recipients than this need `--yes`.
  static let mostWithoutYes = 10
  private static let most = 500

  let site: Site
  let message: SendCommand

  /// `a,b,c` first, then the text.
  func runList() throws {
    let names = (message.words.first ?? "").split(separator: ",")
      .map { String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
      .filter { !$0.isEmpty }
    try run(names, Array(message.words.dropFirst()))
  }

  /// - Parameters:
  ///   - role: words of the recipients' role.
  ///   - host: their host; `all`: every host; `nil`: this one.
  func run(role: String?, host: String?) throws {
    let hosts = try chosen(host)
    let found = try OverviewReading(site).run(asking: false)
    // The sender itself is left out.
    let sending = try Own.sending(site)
    let own = try Senders.identify(site, sending.trusted, as: message.name).address
    let meant = found.agents.filter { agent in
      (hosts.map { $0 == agent.host } ?? true) && (role.map { agent.hasRole($0) } ?? true)
    }
    let names = meant.filter { $0.address != own }
    guard !names.isEmpty else {
      let whom = role.map { "has the role \(SafeText.line($0, limit: 60))" } ?? "is there"
      let other = meant.isEmpty ? "" : "other "
      let only = meant.isEmpty ? "" : ": only this pane does"
      throw Failure.unknownAgent(
        "no \(other)agent of \(hosts?.name ?? "any host") \(whom)\(only)", try: ["agent-mesh list"])
    }
    try run(names.map(\.address.text).sorted(), message.words)
  }

  /// `nil` for all hosts.
  private func chosen(_ name: String?) throws -> Host? {
    guard let name else { return site.host }
    if name == "all" { return nil }
    guard let host = try? Host(validating: name) else {
      throw Failure.usage("\(SafeText.line(name, limit: 60)) is no host", try: "agent-mesh list")
    }
    return host
  }

  private func run(_ names: [String], _ words: [String]) throws {
    let names = try onePerPane(names)
    guard !names.isEmpty else { throw Failure.usage("no recipient") }
    guard names.count <= Self.mostWithoutYes || message.yes else {
      throw Failure.usage("\(names.count) recipients; add --yes to send to all")
    }
    guard names.count <= Self.most else {
      throw Failure.usage("\(names.count) recipients are more than \(Self.most)")
    }
    guard message.file == nil, message.id == nil, !message.reply else {
      throw Failure.usage("--file, --id and --reply go with one recipient")
    }
    let body = try Body.read(words[...], to: names.first)
    var end = WorstEnd(json: message.json)
    for name in names {
      end.take(name) {
        var one = message
        (one.words, one.body) = ([name], body)
        try one.run(site)
      }
    }
    try end.finish()
  }
}

extension Recipients {
  /// Two addresses of one pane, such as a window's and its first pane's, are one recipient.
  private func onePerPane(_ names: [String]) throws -> [String] {
    guard names.count > 1 else { return names }
    let router = Router(site, try site.trustedKeys())
    let book = try ListCommand.book(site)
    var seen: Set<String> = []
    return names.filter { name in
      let address = (try? router.route(to: name))?.to
      let entry = address.flatMap { book.look(up: $0)?.entry }
      let pane = entry.map { "\($0.host) \($0.server ?? "") \($0.paneID)" }
      return seen.insert(pane ?? address?.text ?? name).inserted
    }
  }
}

/// Sends several messages, and ends as the worst of them did.
private struct WorstEnd {
  private let json: Bool
  private var worst = ExitStatus.done

  init(json: Bool) { self.json = json }

  /// Reports a recipient that could not be tried; one that was tried has its own line.
  mutating func take(_ recipient: String, _ send: () throws -> Void) {
    do { try send() } catch {
      let failure = Failure(error)
      if !json {
        failure.report(as: "notify-pane", .sending, json: false)
      } else if !failure.wasSaid {
        Output.json([
          "ok": false, "exit": failure.code, "to": SafeText.line(recipient),
          "reason": failure.reason, "error": failure.text, "hint": failure.hints.first,
        ])
      }
      if failure.code > worst.rawValue { worst = failure.status }
    }
  }

  func finish() throws {
    Output.forgive()
    if worst != .done { throw Failure.said(worst) }
  }
}

/// `notify-pane --batch`: one JSON object a line on stdin, one result object a line on stdout, in the same order. All
/// messages to a host share one ssh connection.
struct Batch {
  /// Enough for a body of 64 KiB, each byte written as an escape.
  private static let lineLimit = 512 << 10
  private static let patience = Duration.seconds(3600)

  let site: Site
  let message: SendCommand

  func run() throws {
    var end = WorstEnd(json: true)
    var rest: [UInt8] = []
    var number = 0
    while true {
      let piece: [UInt8]
      do { piece = try Standard.read(atMost: 1 << 16, until: .now + Self.patience) } catch {
        throw Failure.usage("stdin could not be read after line \(number)")
      }
      rest += piece
      while let feed = rest.firstIndex(of: 10) {
        number += 1
        send(rest[..<feed], number, &end)
        rest = Array(rest[(feed + 1)...])
      }
      if piece.isEmpty { break }
      guard rest.count <= Self.lineLimit else {
        throw Failure.usage(
          "line \(number + 1) is longer than \(Self.lineLimit) bytes; it was not sent")
      }
    }
    if !rest.isEmpty { send(rest[...], number + 1, &end) }
    try end.finish()
  }

  private func send(_ line: ArraySlice<UInt8>, _ number: Int, _ end: inout WorstEnd) {
    guard line.contains(where: { $0 > 32 }) else { return }
    let wanted = Result { try JSONDecoder().decode(BatchLine.self, from: Data(line)) }
    end.take((try? wanted.get())?.to ?? "-") {
      do { try order(try wanted.get(), number).run(site) } catch let fault as BatchLine.Fault {
        throw Failure.usage("line \(number): \(fault.words); it was not sent")
      } catch is DecodingError {
        throw Failure.usage(
          "line \(number) is no object with \"to\" and \"body\", or a value has another type; it was not sent",
          try: #"{"to":"hub-dev-cat","body":"hello"}"#)
      }
    }
  }

  private func order(_ line: BatchLine, _ number: Int) throws -> SendCommand {
    var one = message
    (one.words, one.body) = ([line.to], try Body.checked(Array(line.body.utf8), to: line.to))
    (one.id, one.replyTo, one.inReplyTo) = (line.id, line.replyTo, line.inReplyTo)
    one.options.queue = line.queue ?? message.options.queue
    one.options.notify = one.options.queue
    one.options.force = line.force ?? message.options.force
    one.seal = line.seal ?? message.seal
    if let wait = line.wait {
      guard (1...SendOptions.longestWait).contains(wait) else {
        throw Failure.usage(
          "line \(number): wait is 1 to \(SendOptions.longestWait) seconds; it was not sent")
      }
      one.options.wait = wait
    }
    one.json = true
    return one
  }
}

/// One line of `--batch`. A key that is not known is refused: a message without the option that was meant is another
/// message.
private struct BatchLine: Decodable {
  /// What a line may not have.
  struct Fault: Error { let words: String }

  let to: String
  let body: String
  let id: String?
  let replyTo: String?
  let inReplyTo: String?
  let queue: Bool?
  let force: Bool?
  let seal: Bool?
  /// Seconds.
  let wait: Int?

  private enum Key: String, CodingKey, CaseIterable {
    case to, body, id, queue, force, seal, wait
    case replyTo = "reply-to"
    case inReplyTo = "in-reply-to"
  }

  private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    let all = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue).sorted()
    if let other = all.first(where: { Key(rawValue: $0) == nil }) {
      let known = Key.allCases.map(\.rawValue).joined(separator: ", ")
      throw Fault(words: "'\(SafeText.line(other, limit: 40))' is no key of a message: \(known)")
    }
    let line = try decoder.container(keyedBy: Key.self)
    to = try line.decode(String.self, forKey: .to)
    body = try line.decode(String.self, forKey: .body)
    id = try line.decodeIfPresent(String.self, forKey: .id)
    replyTo = try line.decodeIfPresent(String.self, forKey: .replyTo)
    inReplyTo = try line.decodeIfPresent(String.self, forKey: .inReplyTo)
    queue = try line.decodeIfPresent(Bool.self, forKey: .queue)
    force = try line.decodeIfPresent(Bool.self, forKey: .force)
    seal = try line.decodeIfPresent(Bool.self, forKey: .seal)
    wait = try Self.seconds(line)
  }

  /// A number of seconds, or a text as `--wait` takes it.
  private static func seconds(_ line: KeyedDecodingContainer<Key>) throws -> Int? {
    guard line.contains(.wait), try !line.decodeNil(forKey: .wait) else { return nil }
    if let number = try? line.decode(Int.self, forKey: .wait) { return number }
    let text = try? line.decode(String.self, forKey: .wait)
    guard let time = text.flatMap({ try? WaitingTime(parsing: $0) }) else {
      throw Fault(words: "wait is a number of seconds, or a text such as \"30s\"")
    }
    return time.seconds
  }
}
