/// Whether a statement is valid at this time. Protocol section 5, step 7. Replay protection relies
/// on it: an id must only be remembered as long as its statement can be valid.
package enum Freshness {
  /// The longest allowed time from `time` to `expires`, in milliseconds. A
  /// queued message may have a day.
  package static let longestLife: Int64 = 5 * 60_000
  package static let longestQueuedLife: Int64 = 24 * 3_600_000

  package enum Failure: Error, Equatable, Sendable {
    /// `expires` was `late` milliseconds ago. `clocks`: how far the sender's `time` is before ours.
    case stale(late: Int64, clocks: Int64)
    /// `time` is this many milliseconds ahead of our clock.
    case clock(ahead: Int64)
    /// `expires` is before `time` or too long after it.
    case life
  }

  /// - Parameter skew: how far ahead `time` may be, in milliseconds.
  package static func check(
    _ statement: Statement, now: Timestamp, skew: Int64
  ) throws(Failure) {
    let life = statement.expires.milliseconds - statement.time.milliseconds
    let longest = statement.options.queue ? longestQueuedLife : longestLife
    guard (0...longest).contains(life) else { throw .life }
    let ahead = statement.time.milliseconds - now.milliseconds
    guard ahead <= skew else { throw .clock(ahead: ahead) }
    let late = now.milliseconds - statement.expires.milliseconds
    guard late <= 0 else { throw .stale(late: late, clocks: -ahead) }
  }
}
