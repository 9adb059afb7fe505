#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The time. For waits and deadlines take `ContinuousClock`.
package enum Clock {
  /// Milliseconds since 1970, UTC.
  package static var now: Int64 { milliseconds(CLOCK_REALTIME) }
  /// Milliseconds since some moment before; never goes back.
  package static var monotonic: Int64 { milliseconds(CLOCK_MONOTONIC) }

  #if canImport(Glibc)
    /// When the machine was started, as the clock stands now.
    static var boot: Int64 { now - milliseconds(CLOCK_BOOTTIME) }
  #endif

  private static func milliseconds(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return Int64(time.tv_sec) &* 1000 &+ Int64(time.tv_nsec) / 1_000_000
  }
}

/// For waits that nothing announces.
package enum Pause {
  /// 0.2 s.
  package static func short() { Waiting.pause(.milliseconds(200)) }
}
