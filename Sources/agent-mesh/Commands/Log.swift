internal import ArgumentParser
internal import Mesh
internal import MeshHost

struct Log: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log", abstract: "What was decided: received, refused, sent, pinned, rotated.",
    discussion: """
      Every line of ~/.agents/log carries the hash of the line before. --check finds an edit and a gap; with a --head \
      that was noted elsewhere, also an end that was cut off. The account itself can rewrite all of it.
      """)

  @Option(name: .short, help: "Show the last N messages: 20, or all with --since.") var n: Int?
  @Flag(name: [.customShort("f"), .long], help: "Go on as the history grows.") var follow = false
  @Option(
    help: ArgumentHelp(PastTime.help, valueName: "time"), transform: PastTime.init(parsing:))
  var since: PastTime?
  @Flag(help: "Only what did not reach its recipient.") var failed = false
  @Flag(help: "Only what was refused, or was not authentic.") var refused = false
  @Option(
    help: ArgumentHelp("Only with this agent, or this host.", valueName: "address"),
    completion: Completion.addresses)
  var with: String?
  @Option(
    help: ArgumentHelp("Only this message; 8 characters are enough.", valueName: "id"),
    completion: Completion.ids)
  var id: String?
  @Option(help: "Colours: auto, always or never.") var color = ColorChoice.auto
  @Flag(help: "Print the lines as they are: one JSON object each.") var json = false
  @Flag(help: "Check the chain of hashes.") var check = false
  @Flag(name: .customLong("head"), help: "Print the hash of the last line, to be noted elsewhere.")
  var printsHead = false
  @Argument(help: "With --check and --head: the hash that was noted.") var noted: String?

  mutating func validate() throws {
    guard (0...1_000_000).contains(n ?? 0) else {
      throw ValidationError("-n must be between 0 and 1000000")
    }
    guard noted == nil || check && printsHead else {
      throw ValidationError("a hash goes with --check --head")
    }
    if let noted, !Log.isHead(noted) {
      throw ValidationError("a head is 64 hex digits, as --head prints it")
    }
    guard !(follow && (check || printsHead)) else {
      throw ValidationError("-f does not go with --check and --head")
    }
  }

  private static func isHead(_ text: String) -> Bool {
    text == LogChain.beginning
      || text.utf8.count == 64 && text.allSatisfy { $0.isHexDigit && !$0.isUppercase }
  }

  mutating func run() throws {
    let site = try Own.site()
    if check { return try check(site) }
    if printsHead {
      let head = try checked(site, nil).head
      return Output.say(head, ["head": head], json: json)
    }
    let (query, reading) = (try query(site), AuditReading(site.home))
    let most = n ?? (since == nil ? 20 : 1_000_000)
    if json {
      let lines = try reading.lines(query, most: most)
      lines.forEach { Output.line(String(decoding: $0, as: UTF8.self)) }
    } else {
      let found = try reading.messages(query, most: most)
      if found.isEmpty, !follow { Output.note("the history has nothing of that") }
      found.forEach { Output.line(Log.sentence($0, site.host, color.paint)) }
    }
    if follow { try follow(site, query) }
  }

  private func query(_ site: Site) throws -> HistoryQuery {
    var query = HistoryQuery()
    (query.since, query.id) = (since?.time, id)
    query.with = with.map { name in
      // A short name means the address that it has now.
      let trusted = try? site.trustedKeys()
      return trusted.flatMap { try? Router(site, $0).route(to: name).to.text } ?? name
    }
    (query.failed, query.refused, query.questions) = (failed, refused, json)
    return query
  }

  private func follow(_ site: Site, _ query: HistoryQuery) throws {
    var following = try AuditFollowing(site.home)
    while true {
      let more = try following.next(within: .seconds(60))
      for line in more {
        guard let entry = AuditReading.entry(line) else {
          Output.line("(a line that is not ours)")
          continue
        }
        guard query.admits(entry) else { continue }
        Output.line(
          json
            ? String(decoding: line, as: UTF8.self) : Log.sentence(entry, site.host, color.paint))
      }
      // Ends when the reader of this output has gone.
      try Output.check()
    }
  }

  private func checked(_ site: Site, _ noted: String?) throws -> AuditReading.Checked {
    try AuditReading(site.home).check(noted: noted)
  }

  private func check(_ site: Site) throws {
    let found = try checked(site, noted)
    if json {
      let complaints: [JSONObject] = found.complaints.map {
        ["file": $0.file, "line": $0.line, "text": Log.text($0.fault)]
      }
      Output.json([
        "ok": found.complaints.isEmpty, "lines": found.lines, "head": found.head,
        "complaints": complaints,
      ])
    } else {
      for complaint in found.complaints {
        Output.line("\(Log.place(complaint)): \(Log.text(complaint.fault))")
      }
      if found.complaints.isEmpty {
        Output.line("\(found.lines.counted("line")), unbroken; head \(found.head)")
      }
    }
    if !found.complaints.isEmpty { throw Failure.said(.notAuthentic) }
  }

  private static func place(_ complaint: LogComplaint) -> String {
    complaint.line == 0 ? "~/.agents/log" : "\(complaint.file):\(complaint.line)"
  }

  static func text(_ fault: LogFault) -> String {
    switch fault {
    case .unreadable: "no line of ours: edited, or cut short"
    case .broken: "does not follow the line before it: that one was edited, or lines are missing"
    case .beginsInTheMiddle: "the lines before it are missing"
    case .cut: "the last line has no end"
    case .headMissing:
      "the noted head is no line of this history: its end was cut off, or it was rewritten"
    }
  }

  /// One line: time, direction, the short id, sender and recipient, outcome.
  static func sentence(_ entry: AuditEntry, _ me: Host, _ paint: Paint = Paint(false)) -> String {
    let way = entry.direction(me)?.rawValue ?? entry.event
    var words = [entry.time, way + String(repeating: " ", count: max(0, 5 - way.count))]
    if let id = entry.id { words.append(String(id.prefix(8))) }
    if let from = entry.from, let to = entry.to { words.append("\(from) → \(to)") }
    var line = SafeText.line(words.joined(separator: "  "), limit: 500)
    if let outcome = entry.outcome {
      let said = entry.reason.map { $0 == "-" ? outcome : "\(outcome)/\($0)" } ?? outcome
      line += "  " + painted(SafeText.line(said, limit: 60), entry, paint)
    }
    if entry.via == "inbox" { line += " by its inbox" }
    if let rule = entry.rule { line += "  [\(SafeText.line(rule, limit: 120))]" }
    if let note = entry.note { line += "  \(SafeText.line(note, limit: 400))" }
    return line
  }

  private static func painted(_ text: String, _ entry: AuditEntry, _ paint: Paint) -> String {
    if entry.wasRefused { return paint.bad(text) }
    if entry.hasFailed { return paint.warn(text) }
    return paint.good(text)
  }
}

/// A time that has passed: an age, a day, or a time of it, in UTC as the history is.
struct PastTime {
  static let help =
    "Since then: 2h, 3d, 1w, 2026-11-28, 2026-11-28T09:31Z or 09:31; times are in UTC."

  let time: Timestamp

  init(parsing text: String) throws {
    let now = Timestamp(milliseconds: Clock.now)
    if let age = Age.milliseconds(text) {
      time = Timestamp(milliseconds: now.milliseconds - age)
      return
    }
    let today = String(now.text.prefix(11))
    // From a whole time to a day; what is missing is zero.
    let forms = [text, "\(text)T00:00:00.000Z", "\(today)\(text):00.000Z", "\(today)\(text).000Z"]
    let bare = text.hasSuffix("Z") ? String(text.dropLast()) : text
    for form in forms + ["\(bare).000Z", "\(bare):00.000Z"] {
      if let whole = try? Timestamp(validating: form) {
        time = whole
        return
      }
    }
    throw ValidationError(
      "a time is wanted: an age such as 2h, 3d or 1w, a day such as 2026-11-28, or a time such as 2026-11-28T09:31Z or 09:31"
    )
  }
}
