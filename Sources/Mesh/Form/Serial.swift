/// The number that orders a host's slices. It is the time in milliseconds since
/// 1970, so that a host whose state was lost or restored from a backup does not
/// start below the serials that peers have seen.
package enum Serial {
  /// How far ahead of our clock a serial may be, in milliseconds.
  package static let mostAhead: Int64 = 60_000

  /// `max(now, last + 1)`; or `now` if the last one is so far ahead that peers
  /// would refuse its successor.
  package static func next(now: Int64, last: Int64?) -> Int64 {
    guard let last, !isAhead(last, of: now) else { return now }
    return last < now ? now : max(last, last &+ 1)
  }

  /// More than 60 s ahead of `now`.
  package static func isAhead(_ serial: Int64, of now: Int64) -> Bool {
    let (limit, overflow) = now.addingReportingOverflow(mostAhead)
    return !overflow && serial > limit
  }
}
