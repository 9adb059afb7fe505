/// The script that a client reads from its stdin after the look. Every byte of a message stands in it as `\ooo`:
/// nothing in it can be syntax. A line that fails does not keep tmux from the next one.
struct TypingText {
  let script: TypingScript
  let look: PaneLook
  let marks: Marks

  /// The paste, Enter if tmux may press it, and the first looks.
  var first: String {
    var lines = script.pieces.enumerated().map {
      TypingText.setBuffer(buffer("\($0.offset)"), $0.element)
    }
    let moved = pieceBuffers.map { "delete-buffer -b \($0)" } + [print(.refused)]
    lines.append(press.ifShell(PaneGuard.unchanged(since: look), typing, moved))
    if case .whenSeen(_, let delay) = script.submission { lines += TypingPause(delay).commands }
    return joined(lines + looks(TypingPause.first, attempt))
  }

  /// More tries to press Enter.
  var trying: String { joined(looks(TypingPause.further, attempt)) }
  /// No more of them.
  var givingUp: String {
    joined([press.hold.joined(separator: " ; ")] + looks(TypingPause.further, nil))
  }
  /// Looks alone.
  var looking: String { joined(looks(TypingPause.further, nil)) }
  /// Enter, if the pane still is as in this look.
  var pressing: String {
    let line = press.ifShell(PaneGuard.unchanged(since: look), press.press, press.hold)
    return joined([press.ready, line] + looks(TypingPause.first, nil))
  }

  private func joined(_ lines: [String]) -> String { lines.joined(separator: "\n") + "\n" }

  /// A look, and one after each pause; before each the attempt.
  private func looks(_ pauses: [TypingPause], _ attempt: String?) -> [String] {
    let look = LookReader(after: look.place, marks).commands
      .map { $0.map { "'\($0)'" }.joined(separator: " ") }.joined(separator: " ; ")
    let step = (attempt.map { [$0] } ?? []) + [look]
    return step + pauses.flatMap { $0.commands + step }
  }

  /// Enter, as soon as it may be pressed. The buffer that the paste left is the right to press it once: who finds it
  /// gone stops there.
  private var attempt: String? {
    guard case .whenSeen(let wanted, _) = script.submission else { return nil }
    return press.ifShell(PaneGuard.shows(wanted, look), press.press, [])
  }

  private var typing: [String] {
    let flags = script.isBracketed ? "-p -r -d" : "-r -d"
    let pastes = pieceBuffers.map { "paste-buffer \(flags) -b \($0) -t \(look.pane)" }
    guard case .whenSeen = script.submission else { return pastes + [print(.pasted)] }
    return pastes + [press.ready, print(.pasted)]
  }

  private var pieceBuffers: [String] { script.pieces.indices.map { buffer("\($0)") } }
  private func buffer(_ name: String) -> String { "am-\(script.id)-\(name)" }
  private func print(_ event: Marks.Kind) -> String { "display-message -p \(marks.event(event))" }
  private var press: PressText { PressText(look: look, buffer: buffer("e"), marks: marks) }

  fileprivate static func setBuffer(_ name: String, _ bytes: [UInt8]) -> String {
    var line = Array("set-buffer -b \(name) -- \"".utf8)
    line.reserveCapacity(line.count + bytes.count * 4 + 1)
    for byte in bytes {
      line += [0x5c, 0x30 + (byte >> 6), 0x30 + (byte >> 3 & 7), 0x30 + (byte & 7)]
    }
    return String(decoding: line, as: UTF8.self) + "\""
  }
}

/// One press of Enter. A buffer stands for the right to it, and is used up by it.
private struct PressText {
  let look: PaneLook
  let buffer: String
  let marks: Marks

  var ready: String { TypingText.setBuffer(buffer, [0x0d]) }

  /// Where keys go to every pane of the window, a pasted CR reaches this one alone.
  var press: [String] {
    let key =
      look.isSynchronized
      ? ["paste-buffer -r -d -b \(buffer) -t \(look.pane)"]
      : ["delete-buffer -b \(buffer)", "send-keys -t \(look.pane) Enter"]
    return key + ["display-message -p \(marks.event(.entered))"]
  }

  var hold: [String] {
    ["delete-buffer -b \(buffer)", "display-message -p \(marks.event(.held))"]
  }

  func ifShell(_ condition: String, _ then: [String], _ otherwise: [String]) -> String {
    let rest = otherwise.isEmpty ? "" : " { \(otherwise.joined(separator: " ; ")) }"
    return "if-shell -F -t \(look.pane) '\(condition)' { \(then.joined(separator: " ; ")) }\(rest)"
  }
}
