/// What a pane shows: rows of styled cells. `CaptureParser` makes it from tmux's output, and
/// everything in this room reads it.
package struct Screen: Sendable, Equatable {
  /// The rows from the top, as many as the pane has.
  package let rows: [Row]
  /// In columns.
  package let width: Int

  /// The maximum number of columns and of rows that are read.
  package static let limit = 4096

  /// Reads the output of `tmux capture-pane -p -e -N`: UTF-8 text, an LF after each row, SGR
  /// sequences that last across rows. Other sequences are skipped, invalid UTF-8 becomes U+FFFD,
  /// and what is outside the pane is dropped.
  /// - Parameters:
  ///   - bytes: anything: the screen belongs to a program that we do not
  ///     trust. At most 8 MiB are read.
  ///   - width: the pane's columns; 0 or less: as many as the widest row has.
  ///   - height: the pane's rows; 0 or less: as many as there are lines.
  package init(capture bytes: [UInt8], width: Int, height: Int) {
    var parser = CaptureParser(
      width: width > 0 ? min(width, Self.limit) : Self.limit,
      height: height > 0 ? min(height, Self.limit) : Self.limit)
    parser.feed(String(decoding: bytes.prefix(8 << 20), as: UTF8.self))
    var rows = parser.finished()
    if height > 0 {
      rows += Array(repeating: Row(), count: max(0, min(height, Self.limit) - rows.count))
    }
    self.rows = rows
    self.width = width > 0 ? min(width, Self.limit) : rows.map(\.cells.count).max() ?? 0
  }

  init(rows: [Row], width: Int) {
    self.rows = rows
    self.width = width
  }

  package var height: Int { rows.count }

  /// The screen for a composer's rules: without the decoration that the program draws on blank
  /// cells, and without the words at the right end of its box.
  func plain(for look: Profile.ComposerLook) -> Screen {
    guard !look.ornaments.isEmpty || look.hasRail else { return self }
    return Screen(
      rows: rows.map { row in
        var row = look.ornaments.isEmpty ? row : row.without(look.ornaments)
        if look.hasRail { row = row.withoutRail(width: width) }
        return row
      }, width: width)
  }

  /// The row at an index; blank outside the screen.
  package func row(_ index: Int) -> Row { rows.indices.contains(index) ? rows[index] : Row() }

  func has(_ index: Int) -> Bool { rows.indices.contains(index) }

  func isRule(_ index: Int) -> Bool { has(index) && rows[index].isRule(width: width) }

  /// The part of the range that is on the screen.
  func clamped(_ range: ClosedRange<Int>) -> ClosedRange<Int>? {
    let low = max(0, range.lowerBound)
    let high = min(height - 1, range.upperBound)
    return low <= high ? low...high : nil
  }
}
