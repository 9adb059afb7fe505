/// A terminal's size in cells.
struct Size: Equatable {
  var columns = 80
  var rows = 24
}

private let reset = "\u{1B}[0m"
private let dim = "\u{1B}[2m"
private let inverse = "\u{1B}[7m"
private let faint = "\u{1B}[38;5;244m"
private let band = "\u{1B}[48;5;237m"

/// Draws the whole screen each time: conversation, queue, dialog, composer, status.
struct Drawing {
  let recipient: Recipient
  let size: Size
  private var options: Options { recipient.options }

  init(_ recipient: Recipient, _ size: Size) { (self.recipient, self.size) = (recipient, size) }

  /// The bytes that draw the screen.
  var text: String {
    if recipient.isLoading { return "\u{1B}[H\u{1B}[2J Loading…\u{1B}[?25l" }
    let bottom = bottomBlock()
    let kept = bottom.rows.suffix(size.rows)
    let above = conversationRows(room: size.rows - kept.count)
    let rows = above + Array(repeating: "", count: size.rows - kept.count - above.count) + kept
    let drawn = rows.map { "\($0)\u{1B}[K\(reset)" }.joined(separator: "\r\n")
    let title = recipient.isBusy ? spinner + options.busyTitle : options.title
    let row = size.rows - bottom.rows.count + bottom.cursor.row
    let place = "\u{1B}[\(max(row, 0) + 1);\(bottom.cursor.column + 1)H"
    let visible = options.cursor == .real && !(recipient.dialog != nil && options.dialogHides)
    return
      "\u{1B}]2;\(title)\u{07}\u{1B}[?25l\u{1B}[H\(drawn)\(place)\(visible ? "\u{1B}[?25h" : "")"
  }

  private func conversationRows(room: Int) -> [String] {
    guard room > 0 else { return [] }
    var rows: [String] = []
    for entry in recipient.conversation.reversed() where rows.count < room {
      let wrapped = Wrapped(Array(entry.text), width: size.columns - 2, words: !options.charWrap)
      let marked = wrapped.rows.enumerated().map { $0 == 0 ? "\(entry.mark) \($1)" : "  \($1)" }
      rows = marked + [""] + rows
    }
    return Array(rows.suffix(room))
  }

  private func bottomBlock() -> (rows: [String], cursor: (row: Int, column: Int)) {
    var rows: [String] = []
    for text in recipient.queue {
      rows.append(
        "\(dim)\(options.glyph) \(text.prefix(max(size.columns - 4, 1)).split(separator: "\n").joined(separator: " "))\(reset)"
      )
      rows.append("\(faint)  ⎿  Queued\(reset)")
    }
    if recipient.isBusy { rows.append("\(spinner)✶ Working… (esc to interrupt)") }
    if let dialog = recipient.dialog {
      rows += dialog.rows(glyph: options.glyph)
      if options.dialogHides { return (rows, (rows.count - 1, 1)) }
    }
    if recipient.popupIsOpen { rows += ["  README.md", "  REFERENCE.md"] }
    let field = composerBlock()
    let start = rows.count
    rows += field.rows
    rows.append("\(dim)  \(recipient.note.isEmpty ? options.status : recipient.note)\(reset)")
    return (rows, (start + field.cursor.row, field.cursor.column))
  }

  private func composerBlock() -> (rows: [String], cursor: (row: Int, column: Int)) {
    let edge =
      options.frame == .rules
      ? faint + String(repeating: "─", count: size.columns) + reset
      : options.frame == .band ? band : ""
    let field = fieldRows()
    let top = options.more && field.above > 0 ? "\(faint)\(rule(above: field.above))\(reset)" : edge
    return ([top] + field.rows + [edge], (field.cursor.row + 1, field.cursor.column))
  }

  /// `─── ↑ 17 more ───────`
  private func rule(above: Int) -> String {
    let label = "─── ↑ \(above) more "
    return label + String(repeating: "─", count: max(0, size.columns - label.count))
  }

  /// The rows inside the frame; the last ones when not all fit.
  private func fieldRows() -> (rows: [String], cursor: (row: Int, column: Int), above: Int) {
    let lead = (glyph + options.gap).reduce(0) { $0 + columns(of: $1) }
    let tint = options.frame == .band ? band : ""
    let shown = options.noEcho ? Composer().shown : recipient.echoed.shown
    guard !shown.text.isEmpty else {
      return ([tint + glyph + options.gap + placeholder], (0, lead), 0)
    }
    let wrapped = Wrapped(shown.text, width: size.columns - lead, words: !options.charWrap)
    let place = wrapped.places[min(shown.cursor, wrapped.places.count - 1)]
    let room = max(size.rows - 8, 1)
    let first = min(max(place.row - room + 1, 0), max(wrapped.rows.count - room, 0))
    let last = min(first + room, wrapped.rows.count)
    let rows = (first..<last).map { index in
      let mark = index == 0 ? glyph + options.gap : String(repeating: " ", count: lead)
      let text =
        index == place.row ? withCursor(wrapped.rows[index], place.column) : wrapped.rows[index]
      return tint + mark + text
    }
    return (rows, (place.row - first, lead + place.column), first)
  }

  /// Empty when the recipient does not spin.
  private var spinner: String {
    options.spin > 0 ? ["⠋ ", "⠙ ", "⠹ ", "⠸ "][recipient.frame % 4] : ""
  }

  /// The glyph, or the mode's sign in its place.
  private var glyph: String { recipient.mode ?? options.glyph }

  private var placeholder: String {
    let text = recipient.queue.isEmpty ? options.placeholder : "Press up to edit queued messages"
    guard options.cursor == .own else { return dim + text }
    return
      "\(inverse)\(text.prefix(1).isEmpty ? " " : text.prefix(1))\(reset)\(dim)\(text.dropFirst())"
  }

  /// When the program draws its own cursor, the cell at `column` is inverse.
  private func withCursor(_ row: String, _ column: Int) -> String {
    guard options.cursor == .own else { return row }
    var before = ""
    var width = 0
    var rest = row[...]
    while width < column, let next = rest.popFirst() {
      before.append(next)
      width += columns(of: next)
    }
    let cell = rest.popFirst() ?? " "
    let tint = options.frame == .band ? band : ""
    return "\(before)\(inverse)\(cell)\(reset)\(tint)\(rest)"
  }
}
