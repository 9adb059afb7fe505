internal import MeshCrypto

/// Recognises a message that we typed into a pane, so that its rows are not taken for the program's
/// own. What is stored of it does not contain the text.
package struct DeliveredText: Sendable, Equatable {
  /// The first 8 characters of the id, which the tag contains.
  package let mark: String
  /// The number of letters from `[verified` on.
  package let length: Int
  /// The first 16 hexadecimal digits of the SHA-256 of those letters.
  package let digest: String
  /// The same of the last letters: a composer that has scrolled shows only the end of the text.
  package let tail: String
  /// All letters of the message that is being delivered: its program may have drawn a part of it.
  private var letters: [UInt8] = []

  /// How many letters `tail` is made of.
  private static let tailLength = 48

  /// - Parameter id: the message's id.
  /// - Parameter text: the text as typed, with its tag.
  package init(id: String, text: String) {
    let start = Self.tagStart(text) ?? text.startIndex
    let all = Letters.of(text[start...]).map(Self.code)
    self.init(
      mark: id, length: all.count, digest: Self.digest(all[...]),
      tail: Self.digest(all.suffix(Self.tailLength)))
    letters = Letters.of(text[..<start]).map(Self.code) + all
  }

  private static func tagStart(_ text: String) -> String.Index? {
    text.utf8.indices.first {
      text.utf8[$0] == UInt8(ascii: "[") && text[$0...].hasPrefix("[verified")
    }
  }

  /// From stored values. Earlier versions stored no tail.
  package init(
    mark: some StringProtocol, length: Int, digest: some StringProtocol, tail: String = ""
  ) {
    (self.mark, self.length) = (String(mark.prefix(8)), length)
    (self.digest, self.tail) = (String(digest), tail)
  }

  /// Terminals compose letters and marks or split them, so of letters that are not ASCII only the
  /// number counts.
  private static func code(_ letter: Character) -> UInt8 { letter.asciiValue ?? 0 }

  private static func digest(_ letters: ArraySlice<UInt8>) -> String {
    String(Digest.hex(Digest.sha256(Array(letters))).prefix(16))
  }
}

// MARK: - On a screen

extension DeliveredText {
  private var tag: [Character] { Letters.of("[verified" + mark) }

  /// The row of the screen in which the text's tag begins.
  func tagRow(_ all: Squeezed) -> Int? {
    mark.utf8.count == 8 ? all.lastRow(of: "[verified" + mark) : nil
  }

  /// The rows that contain the complete message and nothing else, from its tag on; of the message
  /// that is being delivered also what its program has drawn so far. A row that ends with other
  /// text is left out, and so is one with a chosen answer, no matter who wrote it: Enter might
  /// accept it.
  /// - Parameter first: the tag's row.
  func rows(in screen: Screen, from first: Int) -> Set<Int> {
    let found = Letters(screen, from: (first, 0), to: (screen.height - 1, Int.max))
    let unknown: Set<Int> = DialogSigns.isChosenAnswer(screen.row(first)) ? [] : [first]
    guard let start = found.start(of: tag) else { return unknown }
    let count = matching(found.characters[start...].map(Self.code))
    guard count >= tag.count else { return unknown }
    let last = found.places[start + count - 1]
    let isWhole =
      start + count == found.characters.count || found.places[start + count].row > last.row
    let rows = first..<(isWhole ? last.row + 1 : last.row)
    return Set(rows.filter { !DialogSigns.isChosenAnswer(screen.row($0)) })
  }

  /// Whether these letters, read from the tag's row to the cursor, are this text and nothing else
  /// from its tag on. Then its words are no answer that Enter would choose.
  func isTyped(in found: Letters) -> Bool {
    guard let start = found.start(of: tag) else { return false }
    let codes = found.characters[start...].map(Self.code)
    return codes.count >= tag.count && matching(codes) == codes.count
  }

  /// Whether a composer that shows these letters holds a part of this text: of an earlier message
  /// its end.
  func isPart(_ found: Letters) -> Bool {
    guard !letters.isEmpty else { return isEnd(of: found) }
    let codes = found.characters.map(Self.code)
    guard (24...letters.count).contains(codes.count) else { return false }
    return (0...(letters.count - codes.count)).contains {
      letters[$0] == codes[0] && letters[$0..<($0 + codes.count)].elementsEqual(codes)
    }
  }

  /// Whether a composer that shows these letters holds the message, and nothing before or behind
  /// it.
  func isAll(of found: Letters) -> Bool {
    guard let start = found.start(of: tag), (6...120).contains(start) else { return false }
    let codes = found.characters[start...].map(Self.code)
    let head = found.characters[..<start]
    return codes.count == length && matching(codes) == length
      && head.starts(with: Array("[from")) && head.last == "]" && head.count { $0 == "]" } == 1
  }

  /// Whether a composer that shows these letters ends with the end of the message.
  func isEnd(of found: Letters) -> Bool {
    let wanted = min(Self.tailLength, length)
    guard wanted >= 24, found.characters.count >= wanted else { return false }
    return Self.digest(found.characters.suffix(wanted).map(Self.code)[...]) == tail
  }

  /// How many letters, from the tag on, are those of this text: all of them, or, of the message
  /// that is being delivered, a part.
  private func matching(_ codes: [UInt8]) -> Int {
    if codes.count >= length, Self.digest(codes.prefix(length)) == digest { return length }
    return zip(letters.suffix(length), codes).prefix { $0 == $1 }.count
  }
}

/// What is on a screen of the messages that we delivered.
struct DeliveredRows {
  private let delivered: [DeliveredText]
  private let screen: Screen
  private let cursor: (row: Int, column: Int)
  private let tags: [Int?]

  init(_ delivered: [DeliveredText], _ screen: Screen, _ facts: PaneFacts) {
    self.delivered = Array(delivered.suffix(64))
    self.screen = screen
    cursor = (facts.cursorY, facts.cursorX)
    let all = Squeezed(screen, rows: delivered.isEmpty ? 0..<0 : screen.rows.indices)
    tags = self.delivered.map { $0.tagRow(all) }
  }

  /// The rows that are ours. In the composer that is to say at the cursor, that includes rows that
  /// look like a chosen answer.
  /// - Parameter place: the composer, if it was found.
  func find(_ place: ComposerPlace?) -> Set<Int> {
    var rows: Set<Int> = []
    for (text, tag) in zip(delivered, tags) {
      if let tag { rows.formUnion(text.rows(in: screen, from: tag)) }
      if let typed = typed(text, tag, place) { rows.formUnion(typed) }
    }
    return rows
  }

  /// The row with the tag of a text that is all there is from there to the cursor.
  var typedRow: Int? {
    zip(delivered, tags).lazy.compactMap { typed($0, $1, nil)?.lowerBound }.first
  }

  private func typed(_ text: DeliveredText, _ tag: Int?, _ place: ComposerPlace?)
    -> ClosedRange<Int>?
  {
    if let tag {
      guard tag <= cursor.row else { return nil }
      return text.isTyped(in: Letters(screen, from: (tag, 0), to: cursor)) ? tag...cursor.row : nil
    }
    guard let place, place.row <= cursor.row else { return nil }
    let found = Letters(screen, from: (place.row, place.column), to: cursor)
    return text.isPart(found) ? place.row...cursor.row : nil
  }

  /// The message that the composer holds, and that was not submitted.
  func held(_ place: ComposerPlace) -> HeldMessage? {
    guard place.row <= cursor.row else { return nil }
    let found = Letters(screen, from: (place.row, place.column), to: (cursor.row, Int.max))
    for text in delivered.reversed() {
      if text.isAll(of: found) { return HeldMessage(mark: text.mark, isAlone: true) }
      if text.isEnd(of: found) { return HeldMessage(mark: text.mark, isAlone: false) }
    }
    return nil
  }
}
