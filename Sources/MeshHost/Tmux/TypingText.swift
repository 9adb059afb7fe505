/// The script that a client reads from its stdin after the look. Every byte of a message stands in it as `\ooo`:
/// nothing in it can be syntax.
struct TypingText {
  let script: TypingScript
  let look: PaneLook
  let marks: Marks

  /// tmux looks again at these intervals before it gives up waiting for what Enter needs.
  private static let attempts = [2, 4, 8, 16, 32, 64, 128, 256, 512]

  var text: String {
    var lines = script.pieces.enumerated().map {
      TypingText.setBuffer(buffer($0.offset), $0.element)
    }
    if usesEnterBuffer { lines.append(TypingText.setBuffer(enterBuffer, [0x0d])) }
    let moved = (buffers.map { "delete-buffer -b \($0)" } + [print(.refused)])
    lines.append(ifShell(PaneGuard.unchanged(since: look), typing, moved))
    return (lines + TypingText.looks(look.pane, marks, for: script.patience))
      .joined(separator: "\n") + "\n"
  }

  /// Enter alone, if the pane is as in this look, and looks.
  static func pressing(
    _ look: PaneLook, id: String, _ marks: Marks, for patience: Duration
  ) -> String {
    let buffer = "am-\(id)-e"
    let entered = "display-message -p \(marks.event(.entered))"
    let held = "display-message -p \(marks.event(.held))"
    let drop = look.isSynchronized ? "delete-buffer -b \(buffer) ; " : ""
    let press =
      "if-shell -F -t \(look.pane) '\(PaneGuard.unchanged(since: look))' "
      + "{ \(enter(look, buffer)) ; \(entered) } { \(drop)\(held) }"
    let first = look.isSynchronized ? [setBuffer(buffer, [0x0d])] : []
    return (first + [press] + looks(look.pane, marks, for: patience)).joined(separator: "\n")
      + "\n"
  }

  /// The looks that follow, at growing intervals.
  static func looks(_ pane: PaneID, _ marks: Marks, for patience: Duration) -> [String] {
    let commands = LookReader(pane, .none, marks).commands
      .map { $0.map { quoted($0) }.joined(separator: " ") }.joined(separator: " ; ")
    return intervals(patience).flatMap { ["run-shell -d \(seconds($0))", commands] }
  }

  /// Milliseconds: short ones first, then up to 200, until the time is over.
  static func intervals(_ patience: Duration) -> [Int] {
    let total = Int(min(max(patience / .milliseconds(1), 1), 60_000))
    var pauses: [Int] = []
    var next = 1
    var sum = 0
    while sum < total {
      pauses.append(next)
      sum += next
      next = min(next * 3 / 2 + 1, 200)
    }
    return pauses
  }

  /// A key press that reaches this pane alone, whatever its window's keys are tied to.
  static func enter(_ look: PaneLook, _ buffer: String) -> String {
    look.isSynchronized
      ? "paste-buffer -r -d -b \(buffer) -t \(look.pane)" : "send-keys -t \(look.pane) Enter"
  }

  static func seconds(_ milliseconds: Int) -> String {
    let rest = String(milliseconds % 1000)
    return "\(milliseconds / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
  }

  /// For a script: what we write holds neither `'` nor a line feed.
  static func quoted(_ text: String) -> String { "'\(text)'" }

  private var usesEnterBuffer: Bool {
    guard case .whenSeen = script.submission else { return false }
    return look.isSynchronized
  }
  private var enterBuffer: String { "am-\(script.id)-e" }
  private func buffer(_ number: Int) -> String { "am-\(script.id)-\(number)" }
  private var buffers: [String] {
    script.pieces.indices.map { buffer($0) } + (usesEnterBuffer ? [enterBuffer] : [])
  }

  private var typing: [String] {
    let flags = script.isBracketed ? "-p -r -d" : "-r -d"
    let pastes = script.pieces.indices.map {
      "paste-buffer \(flags) -b \(buffer($0)) -t \(look.pane)"
    }
    return pastes + [print(.pasted)] + submission
  }

  private var submission: [String] {
    guard case .whenSeen(let wanted, let delay) = script.submission else { return [] }
    let wait = Int(min(max(delay / .milliseconds(1), 1), 10_000))
    let condition = PaneGuard.shows(wanted, look)
    let press = [TypingText.enter(look, enterBuffer), print(.entered)]
    let held = (usesEnterBuffer ? ["delete-buffer -b \(enterBuffer)"] : []) + [print(.held)]
    let tries = TypingText.attempts.reversed().reduce(held) { otherwise, pause in
      ["run-shell -d \(TypingText.seconds(pause))", ifShell(condition, press, otherwise)]
    }
    return ["run-shell -d \(TypingText.seconds(wait))", ifShell(condition, press, tries)]
  }

  private func ifShell(_ condition: String, _ then: [String], _ otherwise: [String]) -> String {
    "if-shell -F -t \(look.pane) '\(condition)' "
      + "{ \(then.joined(separator: " ; ")) } { \(otherwise.joined(separator: " ; ")) }"
  }

  private func print(_ event: Marks.Kind) -> String { "display-message -p \(marks.event(event))" }

  private static func setBuffer(_ name: String, _ bytes: [UInt8]) -> String {
    var line = Array("set-buffer -b \(name) -- \"".utf8)
    line.reserveCapacity(line.count + bytes.count * 4 + 1)
    for byte in bytes {
      line += [0x5c, 0x30 + (byte >> 6), 0x30 + (byte >> 3 & 7), 0x30 + (byte & 7)]
    }
    return String(decoding: line, as: UTF8.self) + "\""
  }
}
