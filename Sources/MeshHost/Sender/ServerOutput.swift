package import Mesh

/// Detects that a tmux server reads this process's output, as for `run-shell`. The server would
/// show the output in a pane, over its program, and leave that pane in a mode until a person
/// presses a key.
package struct ServerOutput: Sendable {
  private let site: Site
  private let tmux: Tmux

  /// `nil` if stdout is a file, a pipe, a terminal, or another program's socket.
  package init?(_ site: Site) {
    guard let facts = try? FileStatus.of(Standard.Stream.output.rawValue), facts.kind == .socket,
      let number = UInt32(exactly: facts.inode), let peer = UnixSockets().peer(of: number),
      let tmux = try? site.tmux
    else { return nil }
    let isRead = ProcessTable.ancestry(of: ProcessTable.own).contains { ancestor in
      PaneDirectory.isTmux(ancestor.pid)
        && ProcessTable.sockets(among: ProcessTable.openFiles(of: ancestor.pid) ?? [])
          .contains(peer)
    }
    guard isRead else { return nil }
    (self.site, self.tmux) = (site, tmux)
  }

  /// Shows a sentence in the status line of the clients that look at a pane, and logs it.
  /// - Parameter name: the pane's; if `nil`, all clients of the server are told.
  package func tell(_ sentence: String, about name: Address?) {
    let words = SafeText.line(sentence, limit: 200)
    AuditLog(site.home).note("run-shell", words, at: site.now)
    let pane = name.flatMap { name in
      (try? PaneDirectory(site, hosts: [site.host]))?.recipient(name)?.pane.id
    }
    let marks = Marks()
    let formats = ["#{client_name}", "#{pane_id}"]
    guard let listed = try? tmux.run(["list-clients", "-F", marks.record(formats)]) else { return }
    let clients = marks.records(listed).filter { fields in
      fields.count == 2 && !fields[0].hasPrefix("-")
        && (pane == nil || fields[1] == pane?.description)
    }
    // tmux expands formats and dates in a message, so escape them.
    let text = words.replacing("%", with: "%%").replacing("#", with: "##")
    for client in clients.prefix(ServerOutput.mostClients) {
      _ = try? tmux.run(["display-message", "-d", "6000", "-c", client[0], text])
    }
  }

  private static let mostClients = 32
}
