// The receive path goes on after Received.swift: a statement for this account is `Current` if it is valid
// now (step 7).

extension Addressed {
  /// Step 7: neither expired nor from the future, by our clock.
  package consuming func current(at now: Timestamp, skew: Int64) throws(Stop) -> Current {
    try Freshness.check(statement, now: now, skew: skew)
    return Current(proof)
  }
}

/// Whether a statement is valid at this time. Protocol section 5, step 7. Replay protection relies
/// on it: an id must only be remembered as long as its statement can be valid.
package enum Freshness {
  /// The longest allowed time from `time` to `expires`, in milliseconds. A queued message may have a day.
  package static let longestLife: Int64 = 5 * 60_000
  package static let longestQueuedLife: Int64 = 24 * 3_600_000

  /// - Parameter skew: how far ahead `time` may be, in milliseconds.
  package static func check(_ statement: Statement, now: Timestamp, skew: Int64) throws(Stop) {
    let life = statement.expires.milliseconds - statement.time.milliseconds
    let longest = statement.options.queue ? longestQueuedLife : longestLife
    guard (0...longest).contains(life) else { throw .life }
    let ahead = statement.time.milliseconds - now.milliseconds
    guard ahead <= skew else { throw .clock(ahead: ahead) }
    let late = now.milliseconds - statement.expires.milliseconds
    guard late <= 0 else { throw .stale(late: late, clocks: -ahead) }
  }
}

/// A statement for this account that is valid now. Only `Addressed.current` makes it.
package struct Current: ~Copyable {
  let proof: Proof
  package var statement: Statement { proof.statement }

  fileprivate init(_ proof: Proof) { self.proof = proof }
}
