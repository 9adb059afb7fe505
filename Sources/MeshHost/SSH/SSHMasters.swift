internal import Mesh

/// The ssh connections that stay open between messages; their sockets are in `~/.agents/state/ssh`.
package struct SSHMasters: Sendable {
  let site: Site

  package init(_ site: Site) { self.site = site }

  /// Closes all of them, and removes sockets of connections that no longer exist.
  /// - Returns: how many were open.
  package func end() throws(SetupError) -> Int {
    let directory = try site.home.directory("state", "ssh")
    var ended = 0
    do throws(FileError) {
      for name in try directory.names(limit: 10_000) {
        guard let facts = try directory.facts(of: name), facts.kind == .socket else { continue }
        if SSHMasters.tell("\(site.home.agents)/state/ssh/\(name)", "exit") { ended += 1 }
        try directory.remove(name)
      }
    } catch { throw SetupError(error) }
    return ended
  }

  /// Sends `exit` or `stop` to the connection at a socket. `stop`: no new sessions, close after the
  /// last. The host's name is irrelevant, because the socket identifies the connection.
  static func tell(_ socket: String, _ what: String) -> Bool {
    let arguments = ["-F", "/dev/null", "-O", what, "-o", "ControlPath=\(socket)", "--", "none"]
    let done = try? Child.run("ssh", arguments, limit: 4096, deadline: .seconds(5))
    return done?.status == 0
  }
}
