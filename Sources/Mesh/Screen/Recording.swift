/// Why a recording cannot be read.
package enum RecordingError: Error, Equatable, Sendable {
  /// The formats are not one line `cmd=… cx=… cy=… … title=…`.
  case formats
  case tooLong
}

/// A recorded look at a pane: `NAME-STATE.fmt`, one line of tmux formats, and `NAME-STATE.txt`,
/// from `capture-pane -p -e`.
///
/// `cmd=… cx=… cy=… cflag=… cshape=… alt=… bpaste=… inmode=… kpad=… mouse=… dead=… title=…`: always
/// in this order. A value is a number, or empty if tmux had none; the command ends before ` cx=`;
/// the title ends with the line. A second line, `exe=… script=… argv0=…`, describes the process
/// that reads the terminal, if it was known.
package struct Recording: Sendable, Equatable {
  package let facts: PaneFacts
  package let screen: Screen

  /// - Parameters:
  ///   - formats: the `.fmt` file.
  ///   - capture: the `.txt` file. It determines the pane's size: the number of lines, and
  ///     the width of the widest row.
  package init(formats: String, capture: [UInt8]) throws(RecordingError) {
    var facts = try PaneFacts(recorded: formats)
    let screen = Screen(capture: capture, width: 0, height: 0)
    facts.width = screen.width
    facts.height = screen.height
    self.facts = facts
    self.screen = screen
  }
}

extension PaneFacts {
  private static let numbers = [
    "cx", "cy", "cflag", "cshape", "alt", "bpaste", "inmode", "kpad", "mouse", "dead",
  ]

  /// Reads a line of formats. It does not contain width and height.
  package init(recorded line: String) throws(RecordingError) {
    guard line.utf8.count <= 16 << 10 else { throw .tooLong }
    var rest = (line.split(separator: "\n", maxSplits: 1).first ?? "")[...]
    self.init()
    recorded = true
    command = String(try Self.field("cmd", before: "cx", &rest))
    var values: [String: Int] = [:]
    for (index, key) in Self.numbers.enumerated() {
      let next = index + 1 < Self.numbers.count ? Self.numbers[index + 1] : "title"
      let text = try Self.field(key, before: next, &rest)
      guard text.isEmpty || (text.utf8.count <= 6 && Int(text).map { $0 >= 0 } == true) else {
        throw .formats
      }
      values[key] = Int(text)
    }
    guard rest.hasPrefix("title="), let x = values["cx"], let y = values["cy"] else {
      throw .formats
    }
    title = String(rest.dropFirst(6))
    cursorX = x
    cursorY = y
    take(values)
    let second = line.split(separator: "\n").dropFirst().first
    if let second { foreground = [try Self.program(String(second))] }
  }

  private mutating func take(_ values: [String: Int]) {
    cursorShown = values["cflag"] != 0
    alternateScreen = values["alt"] == 1
    inMode = (values["inmode"] ?? 0) > 0
    dead = values["dead"] == 1
    bracketPaste = values["bpaste"].map { $0 == 1 }
  }

  /// Takes `key=value ` from the front; the value ends before ` next=`.
  private static func field(_ key: String, before next: String, _ rest: inout Substring)
    throws(RecordingError) -> Substring
  {
    guard rest.hasPrefix(key + "=") else { throw .formats }
    let value = rest.dropFirst(key.count + 1)
    let mark = " " + next + "="
    var at = value.startIndex
    while at < value.endIndex, !value[at...].hasPrefix(mark) { at = value.index(after: at) }
    guard at < value.endIndex else { throw .formats }
    rest = value[at...].dropFirst()
    return value[..<at]
  }

  /// The line that `init(recorded:)` reads, with its LF. Control characters in command and title
  /// become `?`, blanks in the command `_`.
  package var recordedLine: String {
    func flag(_ value: Bool) -> String { value ? "1" : "0" }
    let paste = bracketPaste.map(flag) ?? ""
    let name = String(Self.plain(command).map { $0 == " " ? "_" : $0 })
    return "cmd=\(name) cx=\(cursorX) cy=\(cursorY) cflag=\(flag(cursorShown)) cshape= "
      + "alt=\(flag(alternateScreen)) bpaste=\(paste) inmode=\(flag(inMode)) kpad= mouse= "
      + "dead=\(flag(dead)) title=\(Self.plain(title))\n"
  }

  private static func program(_ line: String) throws(RecordingError) -> Executable {
    let fields = line.split(separator: " ", omittingEmptySubsequences: false)
    let keys = ["exe=", "script=", "argv0="]
    guard fields.count == 3, zip(fields, keys).allSatisfy({ $0.hasPrefix($1) }) else {
      throw .formats
    }
    let values = zip(fields, keys).map { String($0.dropFirst($1.count)) }
    return Executable(
      path: values[0], script: values[1], called: values[2].isEmpty ? nil : values[2])
  }

  /// What `init(recorded:)` reads: the formats, and the process if it is known.
  package var recordedLines: String {
    guard let leader = foreground?.first else { return recordedLine }
    let words = [leader.name, leader.script?.joined(separator: "/") ?? "", leader.called ?? ""].map
    {
      String(Self.plain($0).map { $0.isWhitespace ? "_" : $0 })
    }
    return recordedLine + "exe=\(words[0]) script=\(words[1]) argv0=\(words[2])\n"
  }

  private static func plain(_ text: String) -> String {
    String(
      text.unicodeScalars.prefix(1024).map { scalar in
        scalar.properties.generalCategory == .control ? "?" : Character(scalar)
      })
  }
}
