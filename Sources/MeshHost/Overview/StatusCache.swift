package import Mesh

/// `~/.agents/state/status`: the line for tmux's status line. It is printed whatever its age. If it is older
/// than a few seconds, a separate process renews it, so that the status line never waits.
package struct StatusCache: Sendable {
  private static let limit = 512
  private static let name = "status"
  /// Milliseconds after which the line is renewed.
  private static let life: Int64 = 4000

  /// - Returns: the line, if any, and whether it is fresh. Reads only that one file.
  package static func read(home: String) -> (line: String?, isFresh: Bool) {
    guard let state = try? Directory.open(home + "/.agents/state"),
      let bytes = try? state.read(name, limit: limit)
    else { return (nil, false) }
    let written = (try? FileStatus.ofPath("\(home)/.agents/state/\(name)", followLinks: false))
    let age = written.map { Clock.now - $0.modified } ?? life
    return (SafeText.line(bytes: bytes.prefix { $0 != 10 }, limit: 120), (0..<life).contains(age))
  }

  /// Reads this host's panes, asks no other host, and writes the line. One process does it for all callers.
  package static func renew(_ site: Site, outbox: [Address]) throws(SetupError) {
    let state = try site.home.directory("state")
    do {
      guard let lock = try FileLock.tryAcquire(in: state, "status.lock") else { return }
      let line = try OverviewReading(site).run(asking: false, outbox: outbox).statusLine
      try state.writeAtomically(name, Array((line + "\n").utf8), sync: false)
      lock.release()
    } catch let error as FileError {
      throw SetupError(error)
    } catch let error as SetupError {
      throw error
    } catch { return }
  }
}
