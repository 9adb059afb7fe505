/// The first line on the wire. It gives the lengths of what follows:
/// `AMSH1 <statement length> <signature length> <payload length>\n<statement><signature><payload>`.
package struct Preamble: Equatable, Sendable {
  /// The maximum length of a statement, in bytes.
  package static let statementLimit = 4096
  /// The maximum length of an armoured signature, in bytes.
  package static let signatureLimit = 1024
  /// `AMSH1 4096 1024 9999999999999\n`
  package static let lineLimit = 30

  package var statement: Int
  package var signature: Int
  package var payload: Int

  package init(statement: Int, signature: Int, payload: Int) {
    self.statement = statement
    self.signature = signature
    self.payload = payload
  }

  /// - Parameter line: without its LF.
  package init(validating line: [UInt8]) throws(FormError) {
    let numbers = try Framing.numbers(line, word: "AMSH1", count: 3)
    guard (1...Preamble.statementLimit).contains(numbers[0]),
      (1...Preamble.signatureLimit).contains(numbers[1])
    else { throw .length }
    self.init(statement: numbers[0], signature: numbers[1], payload: numbers[2])
  }

  package var bytes: [UInt8] { Array("AMSH1 \(statement) \(signature) \(payload)\n".utf8) }
}

enum Framing {
  /// `WORD n n …`: decimal numbers without sign or leading zero, separated by one blank.
  static func numbers(_ line: [UInt8], word: String, count: Int) throws(FormError) -> [Int] {
    let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard parts.count == count + 1, Array(parts[0]) == Array(word.utf8) else { throw .preamble }
    var numbers: [Int] = []
    for part in parts.dropFirst() {
      guard let number = DecimalText.parse(part, digits: 13) else { throw .preamble }
      numbers.append(number)
    }
    return numbers
  }
}
