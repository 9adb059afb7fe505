package import Mesh

/// Questions to which a process of this account waits for the answer: `~/.agents/state/asks/<id>`. The first
/// line is `<host asked> <expires, ms> <pid> <its start>`; once answered, `<from> <id of the answer>` follows, then the text.
///
/// An open question works as an access list: it admits one message from the host that was asked, if the message
/// names the question's id. Its text goes to the waiting process and is not typed anywhere.
package struct Asks: Sendable {
  private static let limit = SafeText.limit * 4 + 1024
  private static let most = 1000

  package struct Answer: Sendable {
    package let from: Address
    package let id: MessageID
    /// Safe for a terminal.
    package let text: String
  }

  let home: AgentsHome

  package init(_ home: AgentsHome) { self.home = home }

  /// From now on an answer is accepted, as long as this process runs. Removes questions that nobody asks any more.
  package func open(
    _ id: MessageID, of host: Host, until end: Timestamp, now: Timestamp
  ) throws(SetupError) {
    let folder = try home.directory("state", "asks")
    for name in try SetupError.unless(folder.names(limit: Asks.most))
    where !name.hasPrefix(".") && read(name, folder)?.isOpen(at: now) != true {
      try SetupError.unless(folder.remove(name))
    }
    let own = ProcessTable.facts(of: ProcessTable.own)
    let line = Array(
      "\(host) \(end.milliseconds) \(ProcessTable.own) \(own?.startTime ?? 0)\n".utf8)
    try SetupError.unless(folder.createExclusive(id.text, line))
  }

  /// - Returns: the answer, if one came at the last moment.
  @discardableResult
  package func close(_ id: MessageID) -> Answer? {
    try? locked { (folder) throws(SetupError) in
      let answer = read(id.text, folder)?.answer
      try SetupError.unless(folder.remove(id.text))
      return answer
    }
  }

  /// So that no answer is kept for a question that is just being closed.
  private func locked<Answer>(
    _ body: (borrowing Directory) throws(SetupError) -> Answer
  ) throws(SetupError) -> Answer {
    let folder = try home.directory("state", "asks")
    return try home.directory("state").locked("asks.lock") { () throws(SetupError) in
      try body(folder)
    }
  }

  package func answer(to id: MessageID) throws(SetupError) -> Answer? {
    let folder = try home.directory("state", "asks")
    return read(id.text, folder)?.answer
  }

  /// Whether a message answers an open question.
  func isAnswer(_ statement: Statement, at now: Timestamp) -> Bool {
    guard statement.kind == .message, let id = statement.inReplyTo,
      let folder = try? home.directory("state", "asks"), let ask = read(id.text, folder)
    else { return false }
    // A repeated answer gets the same receipt.
    let isOpen = ask.answer.map { $0.id == statement.id } ?? true
    return ask.host == statement.fromHost && ask.isOpen(at: now) && isOpen
  }

  /// Only the first answer is kept.
  /// - Returns: false when nobody waits for it any more.
  func keep(_ statement: Statement, _ text: SafeText) throws(SetupError) -> Bool {
    guard let id = statement.inReplyTo else { return false }
    return try locked { (folder) throws(SetupError) in
      guard let ask = read(id.text, folder), ask.asker.isRunning else { return false }
      if let answer = ask.answer { return answer.id == statement.id }
      let head = "\(ask.line)\n\(statement.from) \(statement.id)\n"
      try AgentsHome.write(id.text, Array((head + text.text).utf8), in: folder, sync: false)
      return true
    }
  }

  private struct Ask {
    let line: String
    let host: Host
    let end: Timestamp
    let asker: Asker
    let answer: Answer?

    /// A killed process leaves its question behind.
    func isOpen(at now: Timestamp) -> Bool { end >= now && asker.isRunning }
  }

  private struct Asker {
    let pid: Int32
    let start: UInt64

    var isRunning: Bool { ProcessTable.facts(of: pid)?.startTime == start }
  }

  private func read(_ name: String, _ folder: borrowing Directory) -> Ask? {
    guard let bytes = try? folder.read(name, limit: Asks.limit, policy: .secret) else { return nil }
    let lines = bytes.split(separator: 10, maxSplits: 2, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    let words = (lines.first ?? "").split(separator: " ")
    guard words.count == 4, let host = try? Host(validating: words[0]), let end = Int64(words[1]),
      let pid = Int32(words[2]), let start = UInt64(words[3])
    else { return nil }
    var answer: Answer?
    if lines.count == 3 {
      let who = lines[1].split(separator: " ")
      if who.count == 2, let from = try? Address(validating: who[0]),
        let id = try? MessageID(validating: who[1])
      {
        answer = Answer(from: from, id: id, text: lines[2])
      }
    }
    return Ask(
      line: lines[0], host: host, end: Timestamp(milliseconds: end),
      asker: Asker(pid: pid, start: start), answer: answer)
  }
}

/// The answer to an open question passes every check of a message; its text goes to the waiting process.
extension Receiver {
  /// An open question admits the host that was asked, whatever the lists of panes say.
  func admit(answer counted: borrowing Counted) throws(Stop) -> Admission {
    let sender = VerifiedSender(counted, me: site.host)
    let list = sender.isSelf ? "@self" : "host:\(sender.host)"
    let ruling = Access.judge(
      sender, levels: AllowLevels(pane: list), ceilings: policies.ceilings, hosts: trusted.hosts)
    guard case .admitted(let decision) = ruling else { throw Stop(.refused, .denied) }
    return Admission(typing: decision, files: nil)
  }

  func keep(answer opened: borrowing Opened, _ progress: inout Progress) throws(Stop) {
    guard try Stop.unless(Asks(site.home).keep(opened.statement, opened.text)) else {
      progress.isLateAnswer = true
      throw Stop(.failed, .timeout, note: "nobody waits for the answer any more")
    }
    progress.opened = opened.digest
    progress.note = "the answer that a process here waited for"
    progress.admitted = opened.statement.to
    progress.disposition = Disposition(.submitted)
  }
}
