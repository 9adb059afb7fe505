/// The form of a profile:
///
/// ```
/// profile 1
/// # a comment
/// name my-agent
/// kind agent
/// process my-agent
/// prompt "> "
/// above rule
/// below blanks rule
/// ```
///
/// One `key value` a line, printable UTF-8, LF. A value is one bare word, or stands in double quotes with `\"`, `\\` and
/// `\u{hex}` as its only escapes; `above` and `below` take several words. Keys that make lists may be repeated. Where a pattern is
/// meant, `*` and `?` are wildcards; there are no regular expressions.
///
/// | key | value |
/// |---|---|
/// | `name` | `[a-z0-9-]`, at most 40; a shipped agent or reader of the same name is replaced |
/// | `kind` | `agent`, `repl`, `shell`, `client`, `reader`, `keys` |
/// | `process`, `script`, `command` | patterns: executable, an interpreter's script, tmux's command of a recorded screen |
/// | `prompt` | literal from column 0 to the cursor |
/// | `right` | literal at the right end of the prompt's row |
/// | `above`, `below` | rows outward from the prompt: `rule`, `blank`, `blanks`, `text` |
/// | `cursor` | `any`, `shown`, `hidden`, `drawn` |
/// | `placeholder` | pattern of a hint that is not dim |
/// | `command-start` | literal that makes a draft a command |
/// | `repeats-prompt` | yes or no: the prompt stands before every row of a draft |
/// | `busy`, `dialog` | literals on the screen; case and blanks do not count |
/// | `busy-title`, `dialog-title` | patterns |
/// | `dialog-at` | `screen` or `cursor` |
/// | `sent` | literal before a message in the transcript |
/// | `fold` | pattern of what stands for a long paste |
/// | `brackets`, `takes-while-busy`, `echoes`, `trailing-space` | yes or no |
/// | `chunk-characters`, `chunk-newlines` | 0 (no limit) to 65536 |
/// | `enter-delay`, `settle` | milliseconds, at most 2000 |
struct ProfileText {
  struct Line: Equatable {
    let number: Int
    let key: String
    let values: [String]
  }

  let lines: [Line]

  init(_ text: String) throws(ProfileError) {
    guard text.utf8.count <= 32 << 10 else { throw ProfileError(line: 1, problem: .tooLong) }
    let raw = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard raw.count <= 400 else { throw ProfileError(line: 400, problem: .tooLong) }
    guard raw.first == "profile 1" else { throw ProfileError(line: 1, problem: .version) }
    var lines: [Line] = []
    for (index, content) in raw.enumerated().dropFirst() {
      guard let line = try Self.line(content, index + 1) else { continue }
      lines.append(line)
    }
    self.lines = lines
  }

  private static func line(_ content: Substring, _ number: Int) throws(ProfileError) -> Line? {
    if content.allSatisfy({ $0 == " " }) || content.hasPrefix("#") { return nil }
    let fault = ProfileError(line: number, problem: .syntax)
    guard content.unicodeScalars.allSatisfy(isPrintable) else { throw fault }
    guard let blank = content.firstIndex(of: " ") else { throw fault }
    var rest = content[blank...]
    var values: [String] = []
    while let value = try next(&rest, fault) { values.append(value) }
    guard !values.isEmpty else { throw fault }
    return Line(number: number, key: String(content[..<blank]), values: values)
  }

  /// The next bare or quoted value; nil at the line's end.
  private static func next(_ rest: inout Substring, _ fault: ProfileError) throws(ProfileError)
    -> String?
  {
    let start = rest.count
    rest = rest.drop { $0 == " " }
    guard let first = rest.first else { return nil }
    guard rest.count < start else { throw fault }
    if first == "\"" {
      rest.removeFirst()
      return try quoted(&rest, fault)
    }
    let word = rest.prefix { $0 != " " }
    guard !word.contains("\""), !word.contains("\\") else { throw fault }
    rest = rest.dropFirst(word.count)
    return String(word)
  }

  private static func quoted(_ rest: inout Substring, _ fault: ProfileError) throws(ProfileError)
    -> String
  {
    var out = ""
    while let character = rest.popFirst() {
      if character == "\"" { return out }
      guard character == "\\" else {
        out.append(character)
        continue
      }
      switch rest.popFirst() {
      case "\"": out.append("\"")
      case "\\": out.append("\\")
      case "u": out.unicodeScalars.append(try scalar(&rest, fault))
      default: throw fault
      }
    }
    throw fault
  }

  private static func scalar(_ rest: inout Substring, _ fault: ProfileError) throws(ProfileError)
    -> Unicode.Scalar
  {
    guard rest.popFirst() == "{", let close = rest.firstIndex(of: "}"),
      let value = UInt32(rest[..<close], radix: 16), let scalar = Unicode.Scalar(value),
      isPrintable(scalar)
    else { throw fault }
    rest = rest[close...].dropFirst()
    return scalar
  }

  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: false
    default: true
    }
  }
}
