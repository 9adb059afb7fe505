/// One item in the composer: the text drawn for it and the text sent for it. They differ for a folded paste.
struct Cell: Equatable {
  var shown: String
  var sent: String

  init(_ character: Character) {
    shown = String(character)
    sent = shown
  }
  init(shown: String, sent: String) { (self.shown, self.sent) = (shown, sent) }
}

/// The text being typed, and the cursor's position in it.
struct Composer: Equatable {
  private(set) var cells: [Cell] = []
  private(set) var cursor = 0

  var isEmpty: Bool { cells.isEmpty }
  var sent: String { cells.map(\.sent).joined() }
  /// The characters to draw, and how many of them are before the cursor.
  var shown: (text: [Character], cursor: Int) {
    let before = cells[..<cursor].reduce(into: [Character]()) { $0 += Array($1.shown) }
    let after = cells[cursor...].reduce(into: [Character]()) { $0 += Array($1.shown) }
    return (before + after, before.count)
  }

  mutating func insert(_ text: String) { insert(text.map(Cell.init)) }

  mutating func insert(_ new: [Cell]) {
    cells.insert(contentsOf: new, at: cursor)
    cursor += new.count
  }

  mutating func backspace() {
    guard cursor > 0 else { return }
    cursor -= 1
    cells.remove(at: cursor)
  }

  mutating func move(to place: Int) { cursor = min(max(place, 0), cells.count) }
  mutating func clear() { self = Composer() }

  /// Start of the `@word` that ends at the cursor; nil when there is none.
  var completionStart: Int? {
    var at = cursor
    while at > 0, Composer.isWord(cells[at - 1].sent) { at -= 1 }
    guard at > 0, at < cursor, cells[at - 1].sent == "@" else { return nil }
    return at
  }

  /// Replaces the word before the cursor with a file's name and a blank.
  mutating func complete() {
    guard let start = completionStart else { return }
    cells.removeSubrange(start..<cursor)
    cursor = start
    insert("README.md ")
  }

  private static func isWord(_ text: String) -> Bool {
    text.utf8.allSatisfy {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        || (UInt8(ascii: "A")...UInt8(ascii: "z")).contains($0)
    }
  }
}

/// How a paste is shown, depending on its size.
struct PasteRule {
  var foldLines: Int
  var foldCharacters: Int
  var wrapLines: Int
  var wrapCharacters: Int

  func cells(for text: String, number: Int) -> [Cell] {
    let lines = text.utf8.count { $0 == 0x0A } + 1
    let characters = text.utf8.count
    let wrap = PasteRule.exceeds(lines, wrapLines) || PasteRule.exceeds(characters, wrapCharacters)
    let fold = PasteRule.exceeds(lines, foldLines) || PasteRule.exceeds(characters, foldCharacters)
    let open = wrap ? "<pasted_content>\n" : ""
    let close = wrap ? "\n</pasted_content>\n" : ""
    if fold {
      let label =
        lines > 1 ? "[Pasted text #\(number) +\(lines) lines]" : "[Pasted text #\(number)]"
      return [Cell(shown: label, sent: open + text + close)]
    }
    guard wrap else { return text.map(Cell.init) }
    return [Cell(shown: "", sent: open)] + text.map(Cell.init) + [Cell(shown: "", sent: close)]
  }

  private static func exceeds(_ count: Int, _ limit: Int) -> Bool { limit > 0 && count > limit }
}
