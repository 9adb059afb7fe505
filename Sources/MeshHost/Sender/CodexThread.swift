internal import Mesh

/// Finds the pane for which Codex's daemon runs a command. The daemon names the thread in the
/// command's environment and keeps the thread's record open. The record contains what was typed
/// into the pane, so the pane's last message is in the record of its thread.
struct CodexThread {
  let service: SharedService
  /// The records that the daemon has open: this thread's, and the others'.
  private let record: String
  private let others: [String]

  /// `nil` if no thread is named, if a process between us and the daemon does not name the same
  /// one, or if its record cannot be read.
  init?(_ environment: Environment, below service: SharedService) {
    guard let id = environment.filled("CODEX_THREAD_ID"), id.isUUID else { return nil }
    // A command that sets another thread's id for itself has a parent that says otherwise.
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

  /// How long a delivery may take to record its pane, after the agent has the text.
  private static let patience = Duration.milliseconds(1500)

  /// The only pane whose last message is in this thread's record; `nil` if none, or
  /// if several are possible.
  func pane(among panes: PaneDirectory, _ home: AgentsHome) -> PlacedPane? {
    let end = ContinuousClock.now + Self.patience
    while true {
      guard let transcript = SourceFile.own(record) else { return nil }
      let text = transcript.tail()
      if let pane = pane(among: panes, text, home) { return pane }
      // An agent may act on a message before its delivery has finished.
      guard let id = TranscriptEntry.lastTag(in: text), ContinuousClock.now < end,
        isBeingDelivered(id, panes, home)
      else { return nil }
      Waiting.pause(.milliseconds(50))
    }
  }

  /// Whether a message was taken a moment ago, but is not recorded for any pane yet.
  private func isBeingDelivered(_ id: String, _ panes: PaneDirectory, _ home: AgentsHome) -> Bool {
    guard let facts = try? FileStatus.ofPath(record, followLinks: false),
      Clock.now - facts.modified < 5000
    else { return false }
    return !panes.places.contains { last($0, home)?.id.short == id }
  }

  private func pane(among panes: PaneDirectory, _ text: [UInt8], _ home: AgentsHome) -> PlacedPane?
  {
    var found: [PlacedPane] = []
    for place in panes.places {
      guard let message = last(place, home),
        TranscriptEntry.hasTag(text, message.id, as: .user)
      else { continue }
      // A person may have shown it to another agent. Then two threads contain it, and neither
      // proves anything.
      guard !others.contains(where: { isIn($0, message.id) }) else { return nil }
      found.append(place)
    }
    guard found.count == 1, let pane = found.first else { return nil }
    let served = service.clients(among: panes.places)
    guard served.contains(where: { $0.key == pane.key }) else { return nil }
    // Another pane may show the same thread, if it was started to continue an old one and has got
    // no message yet.
    let mayShare = served.contains { other in
      other.key != pane.key && SharedService.foreground(other).contains { $0.resumes }
        && last(other, home) == nil
    }
    return mayShare ? nil : pane
  }

  private func last(_ place: PlacedPane, _ home: AgentsHome) -> LastReceived.Message? {
    (try? LastReceived(home).load(place.key)) ?? nil
  }

  private func isIn(_ path: String, _ id: MessageID) -> Bool {
    guard let file = SourceFile.own(path) else { return false }
    return TranscriptEntry.hasTag(file.tail(), id, as: .user)
  }
}

extension ForegroundProcess {
  /// Whether it continues an old thread: `codex resume`, `codex fork`, `--resume`.
  fileprivate var resumes: Bool {
    ProcessTable.arguments(of: pid).contains { argument in
      ["resume", "fork", "--resume", "--continue"].contains(argument)
    }
  }
}
