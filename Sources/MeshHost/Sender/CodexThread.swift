internal import Mesh

/// The conversation for which Codex's daemon runs a command, and the pane that it belongs to. The daemon says in the
/// command's environment which thread it is, and keeps that thread's record open, which holds what was typed into the
/// pane: the message that a pane received last stands in the record of its thread.
struct CodexThread {
  let service: SharedService
  /// The paths of the records that the service has open: this thread's, and the others'.
  private let record: String
  private let others: [String]

  /// nil: no thread is named, or not by all processes between us and the service, or its record is not to be had.
  init?(_ environment: Environment, below service: SharedService) {
    guard let id = environment.filled("CODEX_THREAD_ID"), CodexThread.isPlausible(id) else {
      return nil
    }
    // One that sets another thread's in its own command line has a parent that says otherwise.
    let between = ProcessTable.ancestry(of: ProcessTable.own).dropFirst()
      .prefix { $0.pid != service.pid }
    guard
      between.allSatisfy({ ProcessTable.initialValue(of: "CODEX_THREAD_ID", in: $0.pid) == id })
    else { return nil }
    let records = (ProcessTable.openFiles(of: service.pid) ?? [])
      .filter { $0.hasPrefix("/") && $0.hasSuffix(".jsonl") }
    let own = Set(records.filter { $0.hasSuffix("-\(id).jsonl") })
    guard own.count == 1, let record = own.first else { return nil }
    self.service = service
    self.record = record
    others = Set(records).subtracting(own).sorted()
  }

  /// A UUID.
  private static func isPlausible(_ id: String) -> Bool {
    id.utf8.count == 36 && id.utf8.allSatisfy { $0 == 45 || Hex.isDigit($0) }
  }

  /// How long a delivery may take from the moment the agent has the text until it is written down whose it was.
  private static let patience = Duration.milliseconds(1500)

  /// The one pane whose last message this thread was given. nil: none, or more than one may be meant.
  func pane(among panes: PaneDirectory, _ home: AgentsHome) -> PlacedPane? {
    let end = ContinuousClock.now + Self.patience
    while true {
      guard let transcript = TranscriptFile(record) else { return nil }
      let text = transcript.tail()
      if let pane = pane(among: panes, text, home) { return pane }
      // An agent may act on a message before its delivery is seen to have ended.
      guard let id = TranscriptEntry.lastTag(in: text), ContinuousClock.now < end,
        isBeingDelivered(id, panes, home)
      else { return nil }
      Waiting.pause(.milliseconds(50))
    }
  }

  /// Whether a message is one that no pane has been noted to have received, taken a moment ago.
  private func isBeingDelivered(_ id: String, _ panes: PaneDirectory, _ home: AgentsHome) -> Bool {
    guard let facts = try? FileStatus.ofPath(record, followLinks: false),
      Clock.now - facts.modified < 5000
    else { return false }
    let last = LastReceived(home)
    return !panes.places.contains { place in
      ((try? last.load(place.key)) ?? nil)?.id.short == id
    }
  }

  private func pane(among panes: PaneDirectory, _ text: [UInt8], _ home: AgentsHome) -> PlacedPane?
  {
    let last = LastReceived(home)
    var found: [PlacedPane] = []
    for place in panes.places {
      guard let message = (try? last.load(place.key)) ?? nil,
        TranscriptEntry.hasTag(text, message.id, kinds: [.user])
      else { continue }
      // Somebody may have shown it to another agent: then two threads hold it, and neither proves anything.
      guard !others.contains(where: { isIn($0, message.id) }) else { return nil }
      found.append(place)
    }
    guard found.count == 1, let pane = found.first else { return nil }
    let served = service.clients(among: panes.places)
    guard served.contains(where: { $0.key == pane.key }) else { return nil }
    // Another pane may show the same thread: one that was started to go on with an old one, and has got no message.
    let mayShare = served.contains { other in
      other.key != pane.key && SharedService.foreground(other).contains { $0.resumes }
        && ((try? last.load(other.key)) ?? nil) == nil
    }
    return mayShare ? nil : pane
  }

  private func isIn(_ path: String, _ id: MessageID) -> Bool {
    guard let file = TranscriptFile(path) else { return false }
    return TranscriptEntry.hasTag(file.tail(), id, kinds: [.user])
  }
}

extension ForegroundProcess {
  /// `codex resume`, `codex fork`, `--resume`.
  fileprivate var resumes: Bool {
    ProcessTable.arguments(of: pid).contains { argument in
      ["resume", "fork", "--resume", "--continue"].contains(argument)
    }
  }
}
