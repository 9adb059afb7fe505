internal import Mesh

/// A session of this host that is not on the mesh, because of its name or because it was taken off, though a name
/// that somebody typed means it. Its panes live and have no address: this is looked for only to explain an error.
package struct LeftOutSession: Sendable {
  package let name: String
  /// By `agent-register-hook off`; otherwise by its name.
  package let isOff: Bool

  /// - Parameter typed: `test:cat`, or `hub-test-cat`.
  /// - Returns: nil if no such session is there, or tmux cannot be asked.
  package init?(of typed: String, _ site: Site) {
    guard let servers = try? site.servers().0, let off = try? OffList(site.home).names() else {
      return nil
    }
    let sessions = servers.flatMap(\.panes).flatMap(\.links).map(\.sessionName)
    for session in Set(sessions).sorted() {
      let isOff = off.contains(OffList.key(session))
      guard isOff || LivePane.isSkipped(session: session),
        Self.isMeant(session, by: typed, site.host)
      else { continue }
      (name, self.isOff) = (session, isOff)
      return
    }
    return nil
  }

  private static func isMeant(_ session: String, by typed: String, _ host: Host) -> Bool {
    if typed.hasPrefix(session + ":") { return true }
    guard let slug = Slug.make(session) else { return false }
    return typed.hasPrefix("\(host)-\(slug)-")
  }
}
