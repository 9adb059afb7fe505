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
/// `\u{hex}` as its only escapes; `above`, `below` and keys that make lists take several; the latter may be repeated. Where a
/// pattern is meant, `*` and `?` are wildcards; there are no regular expressions.
///
/// | key | value |
/// |---|---|
/// | `name` | `[a-z0-9-]`, at most 40; a shipped agent or reader of the same name is replaced |
/// | `kind` | `agent`, `repl`, `shell`, `client`, `reader`, `keys` |
/// | `process`, `script`, `command` | patterns: executable, an interpreter's script, tmux's command of a recorded screen |
/// | `prompt` | literal from column 0 to the cursor |
/// | `right` | literal at the right end of the prompt's row |
/// | `above`, `below` | rows outward from the prompt: `rule`, `blank`, `blanks`, `bars`, `words`, `text` |
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
    let bytes = Array(text.utf8)
    guard bytes.count <= 32 << 10 else { throw ProfileError(line: 1, problem: .tooLong) }
    let raw = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard raw.count <= 400 else { throw ProfileError(line: 400, problem: .tooLong) }
    guard let first = raw.first, first.elementsEqual("profile 1".utf8) else {
      throw ProfileError(line: 1, problem: .version)
    }
    var lines: [Line] = []
    for (index, content) in raw.enumerated().dropFirst() {
      var words = ProfileWords(content, line: index + 1)
      let found = try words.all()
      guard let key = found.first else { continue }
      guard found.count > 1 else { throw words.fault }
      lines.append(Line(number: index + 1, key: key, values: Array(found.dropFirst())))
    }
    self.lines = lines
  }
}

/// The words of one line, bare or quoted.
private struct ProfileWords {
  private var rest: ArraySlice<UInt8>
  let fault: ProfileError

  init(_ line: ArraySlice<UInt8>, line number: Int) {
    rest = line
    fault = ProfileError(line: number, problem: .syntax)
  }

  /// None for a blank line and a comment.
  mutating func all() throws(ProfileError) -> [String] {
    guard rest.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { throw fault }
    if rest.first == UInt8(ascii: "#") { return [] }
    var words: [String] = []
    while true {
      while rest.first == UInt8(ascii: " ") { rest.removeFirst() }
      guard let first = rest.first else { return words }
      let word = first == UInt8(ascii: "\"") ? try quoted() : try bare()
      guard rest.isEmpty || rest.first == UInt8(ascii: " ") else { throw fault }
      words.append(word)
    }
  }

  private mutating func bare() throws(ProfileError) -> String {
    let word = rest.prefix { $0 != UInt8(ascii: " ") }
    guard !word.contains(UInt8(ascii: "\"")), !word.contains(UInt8(ascii: "\\")) else {
      throw fault
    }
    rest = rest.dropFirst(word.count)
    return try text(Array(word))
  }

  private mutating func quoted() throws(ProfileError) -> String {
    rest.removeFirst()
    var out: [UInt8] = []
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\"") { return try text(out) }
      if byte == UInt8(ascii: "\\") { out += try escaped() } else { out.append(byte) }
    }
    throw fault
  }

  private mutating func escaped() throws(ProfileError) -> [UInt8] {
    switch rest.popFirst() {
    case UInt8(ascii: "\""): return [UInt8(ascii: "\"")]
    case UInt8(ascii: "\\"): return [UInt8(ascii: "\\")]
    case UInt8(ascii: "u"): break
    default: throw fault
    }
    guard rest.popFirst() == UInt8(ascii: "{"), let close = rest.firstIndex(of: UInt8(ascii: "}")),
      let value = UInt32(String(decoding: rest[..<close], as: UTF8.self), radix: 16),
      let scalar = Unicode.Scalar(value)
    else { throw fault }
    rest = rest[(close + 1)...]
    return Array(String(scalar).utf8)
  }

  /// Printable, or refused. The whole text came as a `String`, so it is UTF-8.
  private func text(_ bytes: [UInt8]) throws(ProfileError) -> String {
    let text = String(decoding: bytes, as: UTF8.self)
    if bytes.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text }
    guard text.unicodeScalars.allSatisfy(Self.isPrintable) else { throw fault }
    return text
  }

  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: false
    default: true
    }
  }
}
