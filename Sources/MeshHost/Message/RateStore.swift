internal import Mesh

/// How many messages a host and its senders have sent in the current minute: `~/.agents/state/rate/<host>`.
struct RateStore: Sendable {
  private static let limit = 256 << 10

  let home: AgentsHome

  init(_ home: AgentsHome) { self.home = home }

  /// Counts one message if it is still within the rate limit.
  func count(
    _ current: consuming Current, at now: Timestamp, rate: Policy.Rate
  ) throws(Stop) -> Counted {
    let file = try open(current.statement.fromHost)
    var window: RateWindow
    do {
      window = RateWindow(
        try file.read(limit: RateStore.limit), minute: now.milliseconds / 60_000)
    } catch { throw Stop(SetupError(error)) }
    let counted: Counted
    do { counted = try current.counted(in: &window, rate) } catch { throw Stop(error) }
    do { try file.replace(window.bytes) } catch { throw Stop(SetupError(error)) }
    return counted
  }

  private func open(_ host: Host) throws(Stop) -> RecordFile {
    do {
      return try RecordFile.openLocked(
        in: try home.directory("state", "rate"), host.name, until: .now + .seconds(5))
    } catch let error as SetupError {
      throw Stop(error)
    } catch let error as FileError {
      throw Stop(SetupError(error))
    } catch { throw Stop(.failed, .disk) }
  }
}
