/// Parts of questions, and where they are on a screen. They decide nothing by themselves: if one of them appears or moves
/// after a look, tmux does not type what that look allowed. tmux searches the screen itself at that moment, which takes
/// it longer than all else in a look; so a look does not ask for them, and we search what it captured.
struct ScreenSigns: Equatable, Sendable {
  /// The first letter of a sentence is left out because its case varies.
  private static let signs = [
    "o you want to", "ould you like", "o you trust", "sc to", "nter to", "ress", "y/n", "es/no",
    "1. Yes", "2. ", "2) ", "Yes", "llow", "roceed",
  ]
  private static let bytes = signs.map { Array($0.utf8) }
  /// What a look adds to its first field, if tmux is to search.
  static let formats = signs.map { "#{C:\($0)}" }

  /// The first row with each sign, from 1; 0 if there is none.
  private let rows: [Int]

  /// As tmux found them.
  init?(_ words: ArraySlice<Substring>) {
    guard words.count == Self.signs.count else { return nil }
    rows = words.map { Int($0) ?? 0 }
  }

  /// - Parameter capture: the output of `capture-pane -p -e -N`.
  init(capture: [UInt8]) {
    var rows = Array(repeating: 0, count: Self.signs.count)
    for (number, row) in capture.split(separator: 10, omittingEmptySubsequences: false).enumerated()
    {
      let text = Self.text(row)[...]
      for (index, sign) in Self.bytes.enumerated()
      where rows[index] == 0 && text.position(of: sign) != nil {
        rows[index] = number + 1
      }
    }
    self.rows = rows
  }

  /// What is true in a tmux format while nothing has changed: one search for all signs that are not there, which is
  /// several times faster than a search for each.
  var unchanged: [String] {
    let all = zip(Self.signs, rows)
    let missing = all.filter { $1 == 0 }.map { sign, _ in
      sign.reduce(into: "") { $0 += ".)".contains($1) ? "[\($1)]" : "\($1)" }
    }
    return all.filter { $1 > 0 }.map { "#{==:#{C:\($0)},\($1)}" }
      + (missing.isEmpty ? [] : ["#{==:#{C/r:\(missing.joined(separator: "|"))},0}"])
  }

  /// A row without styles and links, and without the blanks at its end, like the row that tmux searches.
  private static func text(_ row: ArraySlice<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(row.count)
    var rest = row
    while let byte = rest.popFirst() {
      switch byte {
      case 0x1B: skipSequence(&rest)
      case 0x0E, 0x0F: break
      default: text.append(byte)
      }
    }
    while let last = text.last, last == 0x20 || (0x09...0x0D).contains(last) { text.removeLast() }
    return text
  }

  /// After an ESC: `[` up to a letter, or `]` up to ST.
  private static func skipSequence(_ rest: inout ArraySlice<UInt8>) {
    switch rest.popFirst() {
    case 0x5B: while let byte = rest.popFirst(), !(0x40...0x7E).contains(byte) {}
    case 0x5D:
      while let byte = rest.popFirst(), byte != 0x1B {}
      _ = rest.popFirst()
    default: break
    }
  }
}
