/// The text is not exactly of the form `2026-11-22T07:31:39.120Z`, or the time does not exist.
package enum TimestampError: Error, Equatable, Sendable { case malformed }

/// A moment in UTC, in milliseconds since 1970, from 1970 to 9999. Its only text form is RFC 3339
/// with three decimals and `Z`, so that signed text has one spelling.
package struct Timestamp: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The last moment with a text: 9999-12-31T23:59:59.999Z.
  package static let last = Timestamp(milliseconds: 253_402_300_799_999)

  package let milliseconds: Int64

  /// Clamps to 1970 and to the end of 9999, so that every value has a text.
  package init(milliseconds: Int64) {
    self.milliseconds = min(max(milliseconds, 0), 253_402_300_799_999)
  }

  /// Reads only what `text` writes.
  package init(validating text: some StringProtocol) throws(TimestampError) {
    let bytes = Array(text.utf8.prefix(25))
    let form = Array("0000-00-00T00:00:00.000Z".utf8)
    guard bytes.count == form.count else { throw .malformed }
    for (byte, wanted) in zip(bytes, form) {
      let fits = wanted == 0x30 ? (0x30...0x39).contains(byte) : byte == wanted
      guard fits else { throw .malformed }
    }
    func number(_ range: Range<Int>) -> Int64 {
      bytes[range].reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }
    let date = CivilDate(year: number(0..<4), month: number(5..<7), day: number(8..<10))
    let (hour, minute, second) = (number(11..<13), number(14..<16), number(17..<19))
    guard date.exists, hour < 24, minute < 60, second < 60 else { throw .malformed }
    let seconds = ((date.days * 24 + hour) * 60 + minute) * 60 + second
    milliseconds = seconds * 1000 + number(20..<23)
  }

  /// Exactly `2026-11-22T07:31:39.120Z`.
  package var text: String {
    let seconds = milliseconds / 1000
    let date = CivilDate(days: seconds / 86_400)
    let time = seconds % 86_400
    var out: [UInt8] = []
    out.reserveCapacity(24)
    func put(_ value: Int64, digits: Int, then mark: UInt8) {
      var (rest, place) = (value, out.count + digits)
      out.append(contentsOf: repeatElement(0x30, count: digits))
      while place > out.count - digits, rest > 0 {
        place -= 1
        out[place] = 0x30 + UInt8(rest % 10)
        rest /= 10
      }
      out.append(mark)
    }
    put(date.year, digits: 4, then: UInt8(ascii: "-"))
    put(date.month, digits: 2, then: UInt8(ascii: "-"))
    put(date.day, digits: 2, then: UInt8(ascii: "T"))
    put(time / 3600, digits: 2, then: UInt8(ascii: ":"))
    put(time / 60 % 60, digits: 2, then: UInt8(ascii: ":"))
    put(time % 60, digits: 2, then: UInt8(ascii: "."))
    put(milliseconds % 1000, digits: 3, then: UInt8(ascii: "Z"))
    return String(decoding: out, as: UTF8.self)
  }

  package var description: String { text }

  package static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.milliseconds < right.milliseconds
  }
}

/// A day of the proleptic Gregorian calendar, and its number since 1970-01-01. The arithmetic
/// starts years in March, so that the leap day comes last, and works in eras of 400 years (Hinnant,
/// "chrono-compatible low-level date algorithms").
struct CivilDate: Equatable {
  let year: Int64
  let month: Int64
  let day: Int64

  init(year: Int64, month: Int64, day: Int64) {
    (self.year, self.month, self.day) = (year, month, day)
  }

  /// - Parameter days: since 1970-01-01, not negative.
  init(days: Int64) {
    let shifted = days + 719_468
    let (era, dayOfEra) = (shifted / 146_097, shifted % 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let fromMarch = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * fromMarch + 2) / 5 + 1
    month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// Days since 1970-01-01, for a date that `exists`.
  var days: Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let (era, yearOfEra) = (shifted / 400, shifted % 400)
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  var exists: Bool {
    guard (1970...9999).contains(year), (1...12).contains(month), day >= 1 else { return false }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    switch month {
    case 2: return day <= (leap ? 29 : 28)
    case 4, 6, 9, 11: return day <= 30
    default: return day <= 31
    }
  }
}
