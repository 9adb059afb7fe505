/// Rows of a screen as one run of text without blanks and frames, so that wrapping, indentation and
/// boxes do not matter. UTF-8, ASCII letters in lower case.
struct Squeezed {
  private let bytes: [UInt8]
  /// The row of each byte.
  private let rows: [Int]

  init(_ screen: Screen, rows indices: some Sequence<Int>) {
    var bytes: [UInt8] = []
    var rows: [Int] = []
    for index in indices {
      for cell in screen.row(index).cells where !cell.isBlank && !cell.isFrame {
        for byte in cell.text.utf8 {
          bytes.append(Self.lower(byte))
          rows.append(index)
        }
      }
    }
    self.bytes = bytes
    self.rows = rows
  }

  /// The first of the signs that occurs in the rows.
  func first(of signs: SignSet) -> String? {
    for start in bytes.indices {
      for entry in signs.starting(with: bytes[start])
      where has(entry.bytes, at: start) && !isOpenQuestion(entry, at: start) {
        return entry.shown
      }
    }
    return nil
  }

  /// The row in which the last occurrence of a literal begins; `nil` if it does not occur.
  func lastRow(of literal: String) -> Int? {
    let wanted = SignSet.squeezed(literal)
    guard !wanted.isEmpty else { return nil }
    return bytes.indices.reversed().first { has(wanted, at: $0) }.map { rows[$0] }
  }

  /// "What do you want to build?" asks for words, not for consent.
  private func isOpenQuestion(_ entry: SignSet.Entry, at start: Int) -> Bool {
    guard entry.asksForConsent else { return false }
    return Self.openers.contains { opener in
      start >= opener.count && has(opener, at: start - opener.count)
    }
  }

  private static let openers = ["what", "how", "where", "which", "when", "why"].map {
    Array($0.utf8)
  }

  private func has(_ wanted: [UInt8], at start: Int) -> Bool {
    guard bytes.count - start >= wanted.count else { return false }
    for offset in wanted.indices where bytes[start + offset] != wanted[offset] { return false }
    return true
  }

  static func lower(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte + 32 : byte
  }
}

/// Literals to search for in squeezed text.
struct SignSet: Sendable {
  struct Entry: Sendable {
    /// The form that is shown to people.
    let shown: String
    let bytes: [UInt8]
    var asksForConsent: Bool { shown == "do you want to" || shown == "would you like to" }
  }

  private let byFirst: [UInt8: [Entry]]

  init(_ signs: [String]) {
    let entries = signs.map { Entry(shown: $0, bytes: Self.squeezed($0)) }
    byFirst = Dictionary(grouping: entries.filter { !$0.bytes.isEmpty }) { $0.bytes[0] }
  }

  func starting(with byte: UInt8) -> [Entry] { byFirst[byte] ?? [] }

  /// A literal in squeezed form.
  static func squeezed(_ text: String) -> [UInt8] {
    var out: [UInt8] = []
    for scalar in text.unicodeScalars {
      let role = CellRole(scalar)
      if role == .text { out += String(scalar).utf8.map(Squeezed.lower) }
    }
    return out
  }
}
