internal import Mesh

/// `~/.agents/state/status`: the line for tmux's status line. It is printed as it is, whatever its age; one that is older
/// than a few seconds is made again by a process of its own, so that the status line waits for nothing.
package struct StatusCache: Sendable {
  private static let limit = 512
  private static let name = "status"
  /// Milliseconds after which it is made again.
  private static let life: Int64 = 4000

  /// - Returns: the line, if there is one, and whether it is young enough. Reads that one file and nothing else.
  package static func read(home: String) -> (line: String?, isFresh: Bool) {
    guard let state = try? Directory.open(home + "/.agents/state"),
      let bytes = try? state.read(name, limit: limit)
    else { return (nil, false) }
    let written = (try? FileStatus.ofPath("\(home)/.agents/state/\(name)", followLinks: false))
    let age = written.map { Clock.now - $0.modified } ?? life
    return (SafeText.line(bytes: bytes.prefix { $0 != 10 }, limit: 120), (0..<life).contains(age))
  }

  /// Looks at this host's panes, asks nobody else, and writes the line. One process does it for all.
  package static func renew(_ site: Site) throws(SetupError) {
    let state = try site.home.directory("state")
    do {
      guard let lock = try FileLock.tryAcquire(in: state, "status.lock") else { return }
      let line = try OverviewReading(site).run(asking: false).statusLine
      try state.writeAtomically(name, Array((line + "\n").utf8), sync: false)
      lock.release()
    } catch let error as FileError {
      throw SetupError(error)
    } catch let error as SetupError {
      throw error
    } catch { return }
  }
}
