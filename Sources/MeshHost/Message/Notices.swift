internal import Mesh

/// Notices to senders that asked for them (`--notify`): a queued message was not delivered. A notice is an
/// ordinary message of this host. Until it is sent, it is kept in `~/.agents/spool/notices/`, so that it
/// survives this process; every attempt sends it under the same id.
package struct Notices: Sendable {
  static let most = 1000
  static let lock = ".lock"

  let site: Site

  package init(_ site: Site) { self.site = site }

  /// Whether there is nothing to send. Creates no directories.
  package var isEmpty: Bool {
    guard let agents = try? site.home.directory(), let spool = try? agents.subdirectory("spool"),
      let notices = try? spool.subdirectory(Spool.notices)
    else { return true }
    return ((try? notices.names(limit: Self.most)) ?? []).allSatisfy { SpoolItem(file: $0) == nil }
  }

  /// Stores a notice if the sender asked for one. It is sent soon; the sender's host may be unreachable now.
  func add(_ statement: Statement, _ end: Disposition) {
    guard statement.options.notify else { return }
    add(to: statement.from, about: statement.id, sentTo: statement.to, end)
  }

  func add(to sender: Address, about: MessageID, sentTo to: Address, _ end: Disposition) {
    guard let id = MessageID.random(),
      let directory = try? site.home.directory("spool", Spool.notices),
      let waiting = try? directory.names(limit: Self.most), waiting.count < Self.most
    else { return }
    let now = site.now
    let item = SpoolItem(
      arrival: now.milliseconds,
      expires: now.milliseconds + Freshness.longestQueuedLife, id: id, host: site.host)
    let text = "\(sender)\n\(about)\n\(Self.text(about, to, end))\n"
    _ = try? directory.createExclusive(item.name, Array(text.utf8))
  }

  private static func text(_ id: MessageID, _ to: Address, _ end: Disposition) -> String {
    let reason = end.reason == .none ? "" : " (\(end.reason.rawValue))"
    return
      "your message \(id.short) to \(to) waited and was not delivered: \(end.outcome.rawValue)\(reason); nothing was typed unless this says unknown"
  }
}
