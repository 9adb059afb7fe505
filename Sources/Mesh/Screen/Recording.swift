/// A recorded look at a pane: `NAME-STATE.fmt`, one line of tmux formats, and `NAME-STATE.txt`,
/// from `capture-pane -p -e`.
///
/// `cmd=… cx=… cy=… cflag=… cshape=… alt=… bpaste=… inmode=… kpad=… mouse=… dead=… title=…`: always
/// in this order. A value is a number, or empty if tmux had none; the command ends before ` cx=`;
/// the title ends with the line. A second line, `exe=… script=… argv0=…`, describes the process
/// that reads the terminal, if it was known; a line `w=… h=…` is the pane's size.
package struct Recording: Sendable, Equatable {
  package let facts: PaneFacts
  package let screen: Screen

  /// - Parameters:
  ///   - formats: the `.fmt` file.
  ///   - capture: the `.txt` file. Where the formats have no size, it determines the pane's: the number of lines,
  ///     and the width of the widest row.
  package init?(formats: String, capture: [UInt8]) {
    guard var facts = PaneFacts(recorded: formats) else { return nil }
    screen = Screen(capture: capture, width: facts.width, height: facts.height)
    (facts.width, facts.height) = (screen.width, screen.height)
    self.facts = facts
  }
}

extension PaneFacts {
  private static let numbers = [
    "cx", "cy", "cflag", "cshape", "alt", "bpaste", "inmode", "kpad", "mouse", "dead",
  ]

  /// Reads the lines of a `.fmt` file.
  package init?(recorded text: String) {
    let lines = text.split(separator: "\n")
    guard text.utf8.count <= 16 << 10, var rest = lines.first,
      let command = Self.field("cmd", before: "cx", &rest)
    else { return nil }
    var values: [String: Int] = [:]
    for (key, next) in zip(Self.numbers, Self.numbers.dropFirst() + ["title"]) {
      guard let word = Self.field(key, before: next, &rest) else { return nil }
      guard !word.isEmpty else { continue }
      guard word.utf8.count <= 6, let number = Int(word), number >= 0 else { return nil }
      values[key] = number
    }
    guard rest.hasPrefix("title="), let x = values["cx"], let y = values["cy"] else { return nil }
    self.init()
    recorded = true
    (self.command, title) = (String(command), String(rest.dropFirst(6)))
    (cursorX, cursorY, cursorShown) = (x, y, values["cflag"] != 0)
    alternateScreen = values["alt"] == 1
    inMode = (values["inmode"] ?? 0) > 0
    dead = values["dead"] == 1
    bracketPaste = values["bpaste"].map { $0 == 1 }
    for more in lines.dropFirst() {
      if more.hasPrefix("w=") {
        guard let size = Self.size(more) else { return nil }
        (width, height) = size
      } else {
        guard let program = Self.program(more) else { return nil }
        foreground = [program]
      }
    }
  }

  private static func size(_ line: Substring) -> (width: Int, height: Int)? {
    let numbers = zip(line.split(separator: " "), ["w=", "h="]).compactMap { field, key in
      field.hasPrefix(key) ? Int(field.dropFirst(2)) : nil
    }
    guard numbers.count == 2, numbers.allSatisfy({ (1...Screen.limit).contains($0) }) else {
      return nil
    }
    return (numbers[0], numbers[1])
  }

  /// Takes `key=value ` from the front; the value ends before ` next=`.
  private static func field(
    _ key: String, before next: String, _ rest: inout Substring
  ) -> Substring? {
    guard rest.hasPrefix(key + "=") else { return nil }
    let value = rest.dropFirst(key.count + 1)
    let mark = " " + next + "="
    guard let end = value.indices.first(where: { value[$0...].hasPrefix(mark) }) else {
      return nil
    }
    rest = value[end...].dropFirst()
    return value[..<end]
  }

  private static func program(_ line: Substring) -> Executable? {
    let fields = line.split(separator: " ", omittingEmptySubsequences: false)
    let keys = ["exe=", "script=", "argv0="]
    guard fields.count == 3, zip(fields, keys).allSatisfy({ $0.hasPrefix($1) }) else { return nil }
    let values = zip(fields, keys).map { String($0.dropFirst($1.count)) }
    return Executable(
      path: values[0], script: values[1], called: values[2].isEmpty ? nil : values[2])
  }

  /// What `init(recorded:)` reads: the formats, and the process if it is known. Control characters
  /// become `?`, blanks within a word `_`.
  package var recordedLines: String {
    func flag(_ value: Bool) -> String { value ? "1" : "0" }
    let paste = bracketPaste.map(flag) ?? ""
    let name = String(Self.plain(command).map { $0 == " " ? "_" : $0 })
    let formats =
      "cmd=\(name) cx=\(cursorX) cy=\(cursorY) cflag=\(flag(cursorShown)) cshape= "
      + "alt=\(flag(alternateScreen)) bpaste=\(paste) inmode=\(flag(inMode)) kpad= mouse= "
      + "dead=\(flag(dead)) title=\(Self.plain(title))\n"
    let size = width > 0 && height > 0 ? "w=\(width) h=\(height)\n" : ""
    guard let leader = foreground?.first else { return formats + size }
    let words = [leader.name, leader.script?.joined(separator: "/") ?? "", leader.called ?? ""]
      .map { String(Self.plain($0).map { $0.isWhitespace ? "_" : $0 }) }
    return formats + "exe=\(words[0]) script=\(words[1]) argv0=\(words[2])\n" + size
  }

  private static func plain(_ text: String) -> String {
    String(
      text.unicodeScalars.prefix(1024).map { scalar in
        scalar.properties.generalCategory == .control ? "?" : Character(scalar)
      })
  }
}
