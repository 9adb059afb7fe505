import Mesh
import TestSupport
import Testing

/// Properties that hold for every text, tested with random texts made of the
/// characters that have rules.
@Suite struct TextPropertyTests {
  private func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0A, 0x09: return false
    case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029, 0xFEFF, 0x200B, 0x200E, 0x200F: return true
    case 0x202A...0x202E, 0x2060...0x206F, 0xE000...0xF8FF, 0xF0000...0x10FFFF, 0x61C, 0xAD:
      return true
    default: return scalar.value & 0xFFFE == 0xFFFE
    }
  }

  @Test(arguments: 0..<40)
  func safeAndIdempotent(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    for _ in 0..<200 {
      let input = random.nasty(Int.random(in: 0..<40, using: &random))
      guard let once = try? SafeText(body: Array(input.utf8)) else { continue }
      #expect(!once.text.unicodeScalars.contains(where: isForbidden))
      let twice = try SafeText(body: Array(once.text.utf8))
      #expect(Array(twice.text.utf8) == Array(once.text.utf8), "\(input.debugDescription)")
      #expect(!once.oneLine().utf8.contains { $0 < 0x20 })
    }
  }

  @Test(arguments: 0..<20)
  func replacedNeverDeleted(seed: Int) {
    var random = SeededGenerator(seed: UInt64(1000 + seed))
    for _ in 0..<200 {
      let input = random.nasty(30)
      guard let safe = try? SafeText(body: Array(input.utf8)) else { continue }
      let pairs = zip(input.unicodeScalars, input.unicodeScalars.dropFirst())
      let crlf = pairs.filter { $0 == "\r" && $1 == "\n" }.count
      #expect(safe.text.unicodeScalars.count == input.unicodeScalars.count - crlf)
    }
  }

  @Test(arguments: 0..<20)
  func lineIsSafeShortAndIdempotent(seed: Int) {
    var random = SeededGenerator(seed: UInt64(2000 + seed))
    for _ in 0..<200 {
      let limit = Int.random(in: 1...60, using: &random)
      let line = SafeText.line(random.nasty(Int.random(in: 0..<80, using: &random)), limit: limit)
      #expect(line.unicodeScalars.count <= limit)
      #expect(!line.unicodeScalars.contains { isForbidden($0) || $0 == "\n" || $0 == "\t" })
      #expect(Array(SafeText.line(line, limit: limit).utf8) == Array(line.utf8))
    }
  }

  @Test(arguments: 0..<20)
  func randomBytesAreRefusedOrSafe(seed: Int) {
    var random = SeededGenerator(seed: UInt64(3000 + seed))
    for _ in 0..<300 {
      let most: UInt8 = Bool.random(using: &random) ? 0xFF : 0x7F
      let bytes = (0..<Int.random(in: 0..<60, using: &random)).map { _ in
        UInt8.random(in: 0...most, using: &random)
      }
      if let safe = try? SafeText(body: bytes) {
        #expect(!safe.text.unicodeScalars.contains(where: isForbidden))
      }
      #expect(SafeText.line(bytes: bytes).unicodeScalars.count <= 200)
    }
  }

  /// Every scalar alone becomes itself or a visible replacement.
  @Test func everyScalar() throws {
    for value in 0...UInt32(0x10FFFF) {
      // From the long ranges of ideographs, Hangul and private use, a sample is enough.
      let many =
        (0x3400...0xD7A3).contains(value) || (0x20000...0xDFFFF).contains(value) || value > 0xE1000
      if many, value % 257 != 0, value & 0xFFFE != 0xFFFE { continue }
      guard let scalar = Unicode.Scalar(value) else { continue }
      let line = SafeText.line(String(Character(scalar)))
      guard line.unicodeScalars.count == 1, let out = line.unicodeScalars.first else {
        Issue.record("U+\(String(value, radix: 16)) became \(line.unicodeScalars.count) scalars")
        continue
      }
      if isForbidden(out)
        || (out != scalar && ![0xFFFD, 0x20].contains(out.value)
          && !(0x2400...0x2424).contains(out.value))
      {
        Issue.record("U+\(String(value, radix: 16)) became U+\(String(out.value, radix: 16))")
      }
      let properties = scalar.properties
      let visible =
        [0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD].contains(value)
        || (0x600...0x605).contains(value)
      let unseen =
        properties.isDefaultIgnorableCodePoint || properties.isBidiControl
        || (properties.generalCategory == .format && !visible)
      if unseen, out == scalar {
        Issue.record("U+\(String(value, radix: 16)) is invisible and stayed")
      }
    }
  }
}
