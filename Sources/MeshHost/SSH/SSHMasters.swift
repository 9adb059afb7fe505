internal import Mesh

/// The ssh connections that are kept open between messages: sockets in `~/.agents/state/ssh`.
package struct SSHMasters: Sendable {
  let site: Site

  package init(_ site: Site) { self.site = site }

  /// Ends all of them. A socket that nobody listens on any more is removed.
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

  /// Tells the connection at a socket `exit`, or `stop`: no new sessions, and an end with the last.
  /// The host's name does not matter: the socket says which connection is meant.
  static func tell(_ socket: String, _ what: String) -> Bool {
    let arguments = ["-F", "/dev/null", "-O", what, "-o", "ControlPath=\(socket)", "--", "none"]
    let done = try? Child.run("ssh", arguments, limit: 4096, deadline: .seconds(5))
    return done?.status == 0
  }
}
