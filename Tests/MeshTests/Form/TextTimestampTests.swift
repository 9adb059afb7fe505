import Mesh
import Testing

@Suite struct TextTimestampTests {
  @Test(
    arguments: [
      ("1970-01-01T00:00:00.000Z", 0), ("2000-02-29T23:59:59.999Z", 951_868_799_999),
      ("2026-11-22T07:31:39.120Z", 1_795_332_699_120),
      ("2038-01-19T03:14:08.000Z", 2_147_483_648_000),
      ("2100-03-01T00:00:00.000Z", 4_107_542_400_000),
      ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
    ] as [(String, Int64)])
  func known(text: String, milliseconds: Int64) throws {
    #expect(try Timestamp(validating: text).milliseconds == milliseconds)
    #expect(Timestamp(milliseconds: milliseconds).text == text)
  }

  @Test(arguments: [
    "", "2026-11-22T07:31:39Z", "2026-11-22T07:31:39.12Z", "2026-11-22T07:31:39.1200Z",
    "2026-11-22 07:31:39.120Z",
    "2026-11-22t07:31:39.120z", "2026-11-22T07:31:39.120+", "2026-13-22T07:31:39.120Z",
    "2026-00-22T07:31:39.120Z",
    "2026-11-31T07:31:39.120Z", "2026-02-29T07:31:39.120Z", "2100-02-29T07:31:39.120Z",
    "2026-11-00T07:31:39.120Z",
    "2026-11-22T24:00:00.000Z", "2026-11-22T07:60:39.120Z", "2026-11-22T07:31:60.120Z",
    "1969-12-31T23:59:59.999Z",
    "+026-11-22T07:31:39.120Z", "２026-11-22T07:31:39.120Z", "2026-11-22T07:31:39.120Z ",
    "0000-01-01T00:00:00.000Z",
    "2026-11-22T07:31:39,120Z", "2026-11-22T07:31:-9.120Z",
  ])
  func refused(text: String) {
    #expect(throws: TimestampError.malformed) { try Timestamp(validating: text) }
  }

  @Test func clamped() {
    #expect(Timestamp(milliseconds: .min).text == "1970-01-01T00:00:00.000Z")
    #expect(Timestamp(milliseconds: .max) == .last)
  }

  /// Counts days as a calendar does, and compares some days and the ends of
  /// February in possible leap years.
  @Test func everyDay() throws {
    let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    var (year, month, day) = (1970, 1, 1)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    for number in 0..<Int64(2_932_897) {
      let time = Timestamp(milliseconds: number * 86_400_000 + 12_345_678)
      let edge = year < 2110 || year % 100 < 2 || year > 9990
      if number % 1009 == 0 || (edge && month < 4 && (day == 1 || day >= 28)) {
        let text = "\(year)-\(two(month))-\(two(day))T03:25:45.678Z"
        guard time.text == text, try Timestamp(validating: text) == time else {
          Issue.record("\(text) \(time)")
          return
        }
      }
      let leap = month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
      day += 1
      if day > lengths[month - 1] + (leap ? 1 : 0) { (month, day) = (month + 1, 1) }
      if month > 12 { (year, month) = (year + 1, 1) }
    }
    #expect(year == 10_000)
  }
}
