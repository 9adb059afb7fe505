internal import ArgumentParser
internal import Mesh
internal import MeshHost

struct Log: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "What was decided: received, refused, sent, pinned, rotated.",
    discussion: """
      Every line of ~/.agents/log carries the hash of the line before. --check finds an edit and a gap; with a --head
      that was noted elsewhere, also an end that was cut off. The account itself can rewrite all of it.
      """)

  @Option(name: .short, help: "Show the last N entries.") var n = 20
  @Flag(name: [.customShort("f"), .long], help: "Go on as the history grows.") var follow = false
  @Flag(help: "Print the lines as they are: one JSON object each.") var json = false
  @Flag(help: "Check the chain of hashes.") var check = false
  @Flag(name: .customLong("head"), help: "Print the hash of the last line, to be noted elsewhere.")
  var printsHead = false
  @Argument(help: "With --check and --head: the hash that was noted.") var noted: String?

  mutating func validate() throws {
    guard (0...1_000_000).contains(n) else {
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
    let site = try Setup.site()
    if check { return try check(site) }
    if printsHead { return Output.line(try checked(site, nil).head) }
    let lines = try AuditReading(site.home).last(n)
    lines.forEach(print)
    guard follow else { return }
    var following = try AuditFollowing(site.home)
    while true {
      let more = try following.next(within: .seconds(60))
      more.forEach(print)
    }
  }

  private func checked(_ site: Site, _ noted: String?) throws -> AuditReading.Checked {
    try AuditReading(site.home).check(noted: noted)
  }

  private func check(_ site: Site) throws {
    let found = try checked(site, noted)
    if json {
      Output.json(Report(found))
    } else {
      for complaint in found.complaints {
        Output.line("\(Log.place(complaint)): \(Log.text(complaint.fault))")
      }
      if found.complaints.isEmpty {
        Output.line("\(found.lines) lines, unbroken; head \(found.head)")
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

  private func print(_ line: [UInt8]) {
    guard !json else { return Output.line(String(decoding: line, as: UTF8.self)) }
    guard let entry = AuditReading.entry(line) else {
      return Output.line("(a line that is not ours)")
    }
    Output.line(Log.sentence(entry))
  }

  static func sentence(_ entry: AuditEntry) -> String {
    var words = [entry.time, entry.event]
    if let id = entry.id { words.append(String(id.prefix(8))) }
    if let from = entry.from, let to = entry.to { words.append("\(from) → \(to)") }
    if let outcome = entry.outcome {
      words.append(entry.reason.map { $0 == "-" ? outcome : "\(outcome)/\($0)" } ?? outcome)
    }
    if let rule = entry.rule { words.append("[\(rule)]") }
    if let note = entry.note { words.append(note) }
    return SafeText.line(words.joined(separator: "  "), limit: 800)
  }

  private struct Report: Encodable {
    let schema = 1
    let ok: Bool
    let lines: Int
    let head: String
    let complaints: [Complaint]

    struct Complaint: Encodable {
      let file: String
      let line: Int
      let text: String
    }

    init(_ found: AuditReading.Checked) {
      ok = found.complaints.isEmpty
      lines = found.lines
      head = found.head
      complaints = found.complaints.map {
        Complaint(file: $0.file, line: $0.line, text: Log.text($0.fault))
      }
    }
  }
}
