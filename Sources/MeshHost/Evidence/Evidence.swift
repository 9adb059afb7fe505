internal import FoundationEssentials
package import Mesh

/// What an agent's own record proves about a message: that the agent has it, or that it waits for
/// the agent's turn. A missing message proves nothing, and is never a reason to type again.
enum Evidence {
  /// - Parameter start: the byte at which the search begins.
  /// - Returns: `nil` if the record does not contain the message.
  static func reading(_ path: String, _ id: MessageID, from start: Int64 = 0) -> Disposition? {
    guard let text = SourceFile.own(path)?.tail(from: start), !text.isEmpty else { return nil }
    if TranscriptEntry.hasTag(text, id, as: .user) { return Disposition(.submitted, .transcript) }
    if TranscriptEntry.hasTag(text, id, as: .queued) { return Disposition(.submitted, .enqueued) }
    return nil
  }

  /// The records of the programs in a pane's foreground: for Claude Code from its session file;
  /// otherwise the records that the processes or their daemon have open, as with Codex.
  static func records(_ place: PlacedPane, _ home: AgentsHome) -> [String] {
    if let path = ClaudeSession(place, home)?.transcript { return [path] }
    let foreground = SharedService.foreground(place).filter { !$0.nameIsClaimed }
    let own = foreground.flatMap { open(by: $0.pid) }
    guard own.isEmpty, foreground.contains(where: { $0.name == "codex" }) else { return own }
    return ProcessTable.withoutTerminal().lazy
      .filter { ProcessTable.describe($0)?.name == "codex" }
      .filter { SharedService($0).serves(place) }
      .map { open(by: $0) }.first ?? []
  }

  private static func open(by pid: Int32) -> [String] {
    (ProcessTable.openFiles(of: pid) ?? []).filter { $0.hasPrefix("/") && $0.hasSuffix(".jsonl") }
  }

  /// The same later, for the pane that now has the address.
  static func settle(
    _ id: MessageID, to address: Address, _ site: Site, hosts: Set<Host>
  ) -> Disposition? {
    guard let place = (try? PaneDirectory(site, hosts: hosts))?.recipient(address)?.place else {
      return nil
    }
    return settle(id, place, site.home)
  }

  /// Whether a message with an unknown outcome was taken. - Parameter patience: how long to look.
  static func settle(
    _ id: MessageID, _ place: PlacedPane, _ home: AgentsHome, within patience: Duration = .zero
  ) -> Disposition? {
    let end = ContinuousClock.now + patience
    let records = records(place, home)
    guard !records.isEmpty else { return nil }
    var changes = FileWatch()
    records.forEach { changes.add($0) }
    while true {
      if let found = records.lazy.compactMap({ reading($0, id) }).first { return found }
      guard ContinuousClock.now < end else { return nil }
      var interests = [Waiting.Interest(changes.descriptor)]
      _ = Waiting.poll(&interests, until: min(end, .now + .milliseconds(100)))
      changes.drain()
    }
  }
}

/// One line of an agent's record of its conversation, as far as it proves that the agent has our
/// message. Claude Code's `projects/<folder>/<session>.jsonl` and Codex's `rollout-*.jsonl` both
/// have one JSON object per line. Neither format is documented, so a line that we do not understand
/// proves nothing.
package struct TranscriptEntry: Equatable {
  package enum Kind: Equatable {
    /// The agent has the text.
    case user
    /// The text waits for the end of the agent's turn.
    case queued
  }

  package let kind: Kind
  /// The beginning of what was typed or handed over.
  package let text: String

  /// Longer lines are ignored.
  package static let lineLimit = 1 << 20
  /// A tag has its id within this many bytes, after two addresses and a time.
  private static let tagLimit = 512

  package init?(_ line: ArraySlice<UInt8>) {
    guard line.count <= TranscriptEntry.lineLimit,
      let raw = try? JSONDecoder().decode(Raw.self, from: Data(line))
    else { return nil }
    switch raw.type {
    case "user":
      guard raw.message?.role == "user", let text = raw.message?.content?.text else { return nil }
      (kind, self.text) = (.user, raw.origin?.kind == "peer" ? Self.unframed(text) : text)
    case "response_item":
      guard raw.payload?.type == "message", raw.payload?.role == "user",
        let text = raw.payload?.content?.text
      else { return nil }
      (kind, self.text) = (.user, text)
    case "attachment":
      guard raw.attachment?.type == "queued_command", let text = raw.attachment?.prompt?.text else {
        return nil
      }
      (kind, self.text) = (.user, text)
    case "queue-operation":
      guard raw.operation == "enqueue", let text = raw.content?.text else { return nil }
      (kind, self.text) = (.queued, text)
    default: return nil
    }
  }

  /// Removes the line that Claude Code adds before a message from its socket.
  private static func unframed(_ text: String) -> String {
    let line = "Another Claude session sent a message:\n"
    return text.hasPrefix(line) ? String(text.dropFirst(line.count)) : text
  }

  /// The shown part of the id in the tag that the text begins with. A tag further down was quoted, not received.
  package var tag: String? {
    let head = String(decoding: text.utf8.prefix(Self.tagLimit), as: UTF8.self)
    guard head.hasPrefix("[from "), let end = head.firstIndex(of: "]"),
      head[end...].hasPrefix("] [verified ")
    else { return nil }
    let id = head[end...].dropFirst("] [verified ".count).prefix(8)
    return id.utf8.count == 8 ? String(id) : nil
  }

  /// Whether a part of a transcript contains the message, in an entry of this kind.
  package static func hasTag(_ text: [UInt8], _ id: MessageID, as kind: Kind) -> Bool {
    let mark = Array("[verified \(id.short)".utf8)
    var from = text.startIndex
    while let hit = text[from...].position(of: mark) {
      let begin = text[..<hit].lastIndex(of: 10).map { $0 + 1 } ?? 0
      let end = text[hit...].firstIndex(of: 10) ?? text.endIndex
      if let entry = TranscriptEntry(text[begin..<end]), entry.kind == kind, entry.tag == id.short {
        return true
      }
      from = end
    }
    return false
  }

  /// The tag of the agent's newest input; `nil` if that has none.
  static func lastTag(in text: [UInt8]) -> String? {
    text.split(separator: 10).reversed().lazy.compactMap(TranscriptEntry.init)
      .first { $0.kind == .user }?.tag
  }
}

/// The parts of a line that we read. A part in an unexpected format counts as missing.
private struct Raw: Decodable {
  struct Message: Decodable {
    var type: String?
    var role: String?
    var content: Content?

    enum Key: String, CodingKey { case type, role, content, prompt }
    init(from decoder: any Decoder) throws {
      let fields = try decoder.container(keyedBy: Key.self)
      type = try? fields.decode(String.self, forKey: .type)
      role = try? fields.decode(String.self, forKey: .role)
      content = try? fields.decode(Content.self, forKey: .content)
      prompt = try? fields.decode(Content.self, forKey: .prompt)
    }
    var prompt: Content?
  }

  /// A string, or a list of parts, of which the first is used.
  struct Content: Decodable {
    var text: String
    private struct Part: Decodable {
      var type: String
      var text: String
    }
    init(from decoder: any Decoder) throws {
      if let plain = try? decoder.singleValueContainer().decode(String.self) {
        text = plain
        return
      }
      var parts = try decoder.unkeyedContainer()
      let first = try parts.decode(Part.self)
      guard ["text", "input_text"].contains(first.type) else {
        throw DecodingError.dataCorruptedError(in: parts, debugDescription: "no text")
      }
      text = first.text
    }
  }

  var type: String
  var operation: String?
  var message: Message?
  var payload: Message?
  var attachment: Message?
  var content: Content?
  var origin: Origin?

  struct Origin: Decodable { let kind: String }

  enum Key: String, CodingKey {
    case type, operation, message, payload, attachment, content, origin
  }
  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Key.self)
    type = try fields.decode(String.self, forKey: .type)
    operation = try? fields.decode(String.self, forKey: .operation)
    message = try? fields.decode(Message.self, forKey: .message)
    payload = try? fields.decode(Message.self, forKey: .payload)
    attachment = try? fields.decode(Message.self, forKey: .attachment)
    origin = try? fields.decode(Origin.self, forKey: .origin)
    content = try? fields.decode(Content.self, forKey: .content)
  }
}
