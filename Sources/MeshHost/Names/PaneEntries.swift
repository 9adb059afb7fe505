internal import Mesh

extension PaneDirectory {
  /// What the slice says of all panes, but for sessions that were taken off. Of a server that did not answer it says
  /// what it said before.
  func entries(_ off: Set<String>, before: [AgentEntry]) throws(Tmux.Failure) -> [AgentEntry] {
    var (entries, silent, failure) = ([AgentEntry](), silent, nil as Tmux.Failure?)
    for server in servers {
      do throws(Tmux.Failure) { entries += try self.entries(server, off) } catch {
        silent.append(server.tmux)
        failure = error
      }
    }
    if let failure, silent.count > self.silent.count, servers.count == 1 { throw failure }
    let names = Set(silent.map(\.serverName))
    let taken = Set(entries.map(\.address))
    return entries + before.filter { names.contains($0.server) && !taken.contains($0.address) }
  }

  private func entries(
    _ server: ServerPanes, _ off: Set<String>
  ) throws(Tmux.Failure) -> [AgentEntry] {
    let labels = try PaneLabels.read(server.panes, server.tmux)
    let panes = Dictionary(
      server.panes.map { ($0.id.description, $0) }, uniquingKeysWith: { first, _ in first })
    return assignment.entries.compactMap { entry in
      guard entry.pane.server == server.identity.instance,
        !off.contains(OffList.key(entry.pane.sessionName)), let pane = panes[entry.pane.paneID],
        let label = labels[pane.id]
      else { return nil }
      return AgentEntry(
        address: entry.address, host: site.host,
        target: "\(entry.pane.sessionName):\(entry.pane.windowIndex)",
        session: entry.pane.sessionName, window: entry.pane.windowName,
        pane: entry.pane.paneIndex, paneID: entry.pane.paneID, role: label.role,
        scope: label.scope, command: pane.currentCommand, server: server.tmux.serverName)
    }
  }
}
