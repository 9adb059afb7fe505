import FoundationEssentials
import Mesh
import Testing

@testable import MeshHost

/// A line of the history is the JSON that a general encoder would write.
@Suite struct AuditEntryTests {
  private struct Copy: Codable, Equatable {
    var schema: Int
    var time, event: String
    var id, from, to, outcome, reason, via, rule, note, statement, signature, body: String?
    var previous: String

    enum CodingKeys: String, CodingKey {
      case schema, time, event, id, from, to, outcome, reason, via, rule, note, statement
      case signature, body, previous
    }
  }

  @Test(arguments: [
    "", "tests green", "a \"quoted\" \\ / word", "世界 🙂 e\u{301}\u{2028}\u{7F}\u{85}",
    String(String.UnicodeScalarView((0..<0x21).compactMap(Unicode.Scalar.init))),
  ])
  func aLineIsWhatAnEncoderWrites(text: String) throws {
    var entry = AuditEntry("received", at: Timestamp(milliseconds: 1_700_000_000_000))
    (entry.id, entry.from, entry.note, entry.body) = (text, "hub-main-cat", text, text + text)
    (entry.statement, entry.signature, entry.rule) = ("a\nb\(text)", "s/+=", text)
    let line = entry.line()
    #expect(line.last == 10 && line.count(where: { $0 == 10 }) == 1)
    let json = Data(line.dropLast())
    let copy = try JSONDecoder().decode(Copy.self, from: json)
    #expect(copy.note == text && copy.body == text + text && copy.statement == "a\nb\(text)")
    #expect(copy.to == nil && copy.schema == 1)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    #expect(try encoder.encode(copy) == json)
  }
}
