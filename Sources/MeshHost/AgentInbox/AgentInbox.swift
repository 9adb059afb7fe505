internal import FoundationEssentials
internal import Mesh
internal import MeshCrypto

/// Claude Code's own inbox: a socket that takes a message whatever the screen shows. For verified
/// and admitted messages it can replace typing as the last step, if the pane's owner chooses it.
struct AgentInbox {
  /// How a pane wants to receive its messages.
  enum Way: String { case type, auto, inbox }

  let session: ClaudeSession

  /// `nil` if a condition does not hold; then the message is typed.
  init?(_ place: PlacedPane, _ home: AgentsHome) {
    guard let session = ClaudeSession(place, home), AgentInbox.isOurs(session.socket),
      AgentInbox.hold(session, place) == nil
    else { return nil }
    self.session = session
  }

  /// The socket and its folder belong to this account, are not links, and are closed to others.
  static func isOurs(_ socket: String) -> Bool {
    let folder = socket.split(separator: "/").dropLast().joined(separator: "/")
    guard LocalSocket.state(socket) == .ours,
      let facts = try? FileStatus.ofPath("/" + folder, followLinks: false)
    else { return false }
    return facts.kind == .directory && facts.owner == FileStatus.ourselves
      && facts.mode & 0o022 == 0
  }

  // MARK: - Handing over

  /// How long the session may take to read the line, and then to record the message. On a machine
  /// with much else to do it was seen to need more than three seconds for that.
  private static let writing = Duration.seconds(2)
  private static let watching = Duration.seconds(8)

  /// - Parameter typing: called before the first byte is written; if it fails, nothing is written.
  /// - Returns: `nil` if nothing was written, so that the message may be typed.
  func hand(
    _ message: DeliveredMessage, hint: Bool, _ typing: () throws(Stop) -> Void
  ) throws(Stop) -> Disposition? {
    guard let door = LocalSocket.connection(to: session.socket, of: session.pid) else { return nil }
    let replies = ReplySocket(beside: session.socket)
    let line = line(message, hint: hint, replyTo: replies.path)
    guard !line.isEmpty else { return nil }
    let path = session.transcript
    let start = path.flatMap { SourceFile.own($0)?.size } ?? 0
    try typing()
    var result = Disposition(.unknown)
    if (try? door.writeAll(line, until: .now + Self.writing)) == true {
      result = watch(message.statement.id, from: path == nil ? 0 : start, replies)
    }
    result.byInbox = true
    return result
  }

  /// The minimum that the session accepts, with ids that prevent a second delivery: the session's
  /// id, so that another process with the same pid drops the message, and the message's own.
  private func line(_ message: DeliveredMessage, hint: Bool, replyTo: String?) -> [UInt8] {
    struct Line: Encodable {
      struct Message: Encodable {
        let role = "user"
        let content: String
      }
      let type = "user"
      let msgV = 1
      let id: String
      let from: String?
      let priority = "next"
      let session: String
      let message: Message

      enum CodingKeys: String, CodingKey {
        case type, msgV, from, priority, message
        case id = "msg_id"
        case session = "session_id"
      }
    }
    let whole = Line(
      id: AgentInbox.uuid(message.statement.id), from: replyTo.map { "uds:\($0)" },
      session: session.id, message: .init(content: message.typed(hint: hint).text))
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return (try? encoder.encode(whole)).map { Array($0) + [10] } ?? []
  }

  /// The message's 128 bits in the form of a UUID of version 4, always the same for one message.
  static func uuid(_ id: MessageID) -> String {
    var bytes = (try? Base32.decode(id.text)) ?? []
    guard bytes.count == 16 else { return id.text }
    bytes[6] = bytes[6] & 0x0f | 0x40
    bytes[8] = bytes[8] & 0x3f | 0x80
    let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    var parts: [Substring] = []
    var rest = digits[...]
    for count in [8, 4, 4, 4, 12] {
      parts.append(rest.prefix(count))
      rest = rest.dropFirst(count)
    }
    return parts.joined(separator: "-")
  }

  /// What happened to the message, according to the session's record or its answer.
  private func watch(
    _ id: MessageID, from start: Int64, _ replies: borrowing ReplySocket
  ) -> Disposition {
    let end = ContinuousClock.now + Self.watching
    var changes = FileWatch()
    changes.add(session.projects)
    while true {
      // What an ended session recorded is read once more, and no more comes.
      let hasEnded = !session.isAlive
      if let path = session.transcript {
        changes.add(path)
        if let found = Evidence.reading(path, id, from: start) { return found }
      } else {
        // Its folder may be new as well.
        (try? Directory.open(session.projects, requirePrivate: false).names(limit: 64))?
          .forEach { changes.add("\(session.projects)/\($0)") }
      }
      if let answer = replies.answer(from: session.pid) { return answer }
      let now = ContinuousClock.now
      guard now < end, !hasEnded else { return Disposition(.unknown) }
      var interests = [
        Waiting.Interest(changes.descriptor), Waiting.Interest(replies.descriptor),
      ]
      _ = Waiting.poll(&interests, until: min(end, now + .milliseconds(100)))
      changes.drain()
    }
  }
}

/// A socket next to the session's. The session answers there if it does not take a message at once.
private struct ReplySocket: ~Copyable {
  /// `nil` if there is none; then only the transcript tells.
  let path: String?
  private let listener: Descriptor
  /// The rest of a longer answer is not read.
  private static let limit = 64 << 10

  init(beside socket: String) {
    let folder = socket.split(separator: "/").dropLast().joined(separator: "/")
    let path = "/\(folder)/\(ProcessTable.own).sock"
    listener = LocalSocket.listener(at: path)
    self.path = listener.isOpen ? path : nil
  }

  deinit { if let path { LocalSocket.remove(path) } }

  var descriptor: Int32 { listener.raw }

  /// - Returns: `nil` if no final answer has arrived.
  borrowing func answer(from pid: Int32) -> Disposition? {
    guard listener.isOpen, let call = LocalSocket.accepted(from: listener),
      Platform.peer(of: call.raw) == pid
    else { return nil }
    var bytes: [UInt8] = []
    let end = ContinuousClock.now + .milliseconds(200)
    while bytes.count < Self.limit, !bytes.contains(10), ContinuousClock.now < end {
      switch call.read(atMost: 4096) {
      case .bytes(let piece): bytes += piece
      case .end, .failed: return Self.meaning(bytes)
      case .again:
        var interests = [Waiting.Interest(call.raw)]
        _ = Waiting.poll(&interests, until: end)
      }
    }
    return Self.meaning(bytes)
  }

  private struct Control: Decodable {
    let action: String
    let status: String
  }

  private static func meaning(_ bytes: [UInt8]) -> Disposition? {
    guard bytes.count < limit,
      let control = try? JSONDecoder().decode(
        Control.self, from: Data(bytes.prefix { $0 != 10 })),
      control.action == "peer_message_status"
    else { return nil }
    return switch control.status {
    case "held": Disposition(.notReady, .held)
    case "delivered": Disposition(.submitted, .transcript)
    case "expired", "refused", "denied", "dropped": Disposition(.refused, .denied)
    default: nil
    }
  }
}
