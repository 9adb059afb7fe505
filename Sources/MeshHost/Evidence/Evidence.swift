internal import Mesh

/// What an agent's own record proves about a message: that the agent has it, or that it waits for
/// the agent's turn. A missing message proves nothing, and is never a reason to type again.
enum Evidence {
  /// - Parameter start: the byte at which the search begins.
  /// - Returns: `nil` if the record does not contain the message.
  static func reading(_ path: String, _ id: MessageID, from start: Int64 = 0) -> Disposition? {
    guard let text = SourceFile.own(path)?.tail(from: start), !text.isEmpty else { return nil }
    if TranscriptEntry.hasTag(text, id, kinds: [.user]) {
      return Disposition(.submitted, .transcript)
    }
    if TranscriptEntry.hasTag(text, id, kinds: [.queued]) {
      return Disposition(.submitted, .enqueued)
    }
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
