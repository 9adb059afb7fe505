import Mesh
import Testing

@Suite("Freshness: step 7")
struct TrustFreshnessTests {
  private static func failure(
    time: Int64, life: Int64, queue: Bool = false, skew: Int64 = 60_000
  ) throws -> Stop? {
    let now = Sample.now.milliseconds
    var statement = try Sample.statement(at: Timestamp(milliseconds: now + time))
    statement.expires = Timestamp(milliseconds: now + time + life)
    statement.options.queue = queue
    return thrown { () throws(Stop) in
      try Freshness.check(statement, now: Sample.now, skew: skew)
    }
  }

  @Test(
    "The boundaries, to the millisecond",
    arguments: [
      (0, 300_000, nil), (0, 300_001, .life), (0, 0, nil), (0, -1, .life), (0, -300_000, .life),
      (60_000, 300_000, nil), (60_001, 300_000, .clock(ahead: 60_001)),
      (60_001, 300_001, .life), (86_400_000, 0, .clock(ahead: 86_400_000)),
      (-300_000, 300_000, nil), (-300_001, 300_000, .stale(late: 1, clocks: 300_001)),
      (-1, 0, .stale(late: 1, clocks: 1)), (-1, 1, nil), (60_000, 0, nil),
      (-86_400_000, 300_000, .stale(late: 86_100_000, clocks: 86_400_000)),
    ] as [(Int64, Int64, Stop?)])
  func boundaries(time: Int64, life: Int64, failure: Stop?) throws {
    #expect(try Self.failure(time: time, life: life) == failure)
  }

  @Test("A queued message may live a day; the skew is the policy's")
  func queuedAndSkew() throws {
    let day: Int64 = 86_400_000
    #expect(try Self.failure(time: 0, life: day, queue: true) == nil)
    #expect(try Self.failure(time: 0, life: day + 1, queue: true) == .life)
    #expect(try Self.failure(time: 0, life: day) == .life)
    #expect(try Self.failure(time: -day, life: day, queue: true) == nil)
    #expect(
      try Self.failure(time: -day - 1, life: day, queue: true)
        == .stale(late: 1, clocks: day + 1))
    #expect(try Self.failure(time: 600_000, life: 1, skew: 600_000) == nil)
    #expect(try Self.failure(time: 600_001, life: 1, skew: 600_000) == .clock(ahead: 600_001))
    #expect(try Self.failure(time: 1, life: 1, skew: 0) == .clock(ahead: 1))
  }

  @Test("The ends of time do no harm")
  func extremes() throws {
    let ends = [Timestamp(milliseconds: 0), Timestamp.last, Sample.now]
    for now in ends {
      for time in ends {
        for expires in ends {
          var statement = try Sample.statement(at: time)
          statement.expires = expires
          let error = thrown { () throws(Stop) in
            try Freshness.check(statement, now: now, skew: 60_000)
          }
          #expect((error == nil) == (time == now && expires == now))
        }
      }
    }
  }
}
