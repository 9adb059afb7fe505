/// Reading a file. The input is untrusted and bounded; the first error refuses the whole file.
extension TOMLDocument {
  /// The default maximum size of a file, in bytes.
  package static let limit = 262_144

  /// Reads the part of TOML 1.0 that `encoded` writes: tables, basic strings, integers, booleans,
  /// arrays of strings, comments. Everything else is refused, with its line.
  /// - Parameter limit: the maximum size, in bytes.
  package init(parsing bytes: [UInt8], limit: Int = TOMLDocument.limit) throws(TOMLError) {
    guard bytes.count <= limit else { throw .tooLarge }
    var reader = TOMLReader(TOMLScanner(bytes))
    try reader.read()
    self = reader.document
  }
}

/// Builds tables from lines, and refuses repeated keys and tables.
private struct TOMLReader {
  private(set) var document = TOMLDocument()
  private var scanner: TOMLScanner
  private var table = TOMLTable(path: [])
  /// Every path that has a header or that a header begins with, and those of them that have a table below.
  private var paths: Set<String> = []
  private var parents: Set<String> = []
  /// Whether the current table has tables below.
  private var isParent = false

  /// The maximum depth of a header; no file of ours needs more.
  private static let mostLevels = 4

  init(_ scanner: TOMLScanner) { self.scanner = scanner }

  mutating func read() throws(TOMLError) {
    guard scanner.isUTF8 else { throw .line(scanner.firstBadLine, "not UTF-8") }
    while true {
      scanner.skipBlanks()
      switch scanner.peek {
      case nil:
        document.set(table)
        return
      case UInt8(ascii: "["): try readHeader()
      case UInt8(ascii: "#"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): break
      default: try readPair()
      }
      try scanner.endLine()
    }
  }

  private mutating func readHeader() throws(TOMLError) {
    scanner.advance()
    if scanner.peek == UInt8(ascii: "[") { throw scanner.error("an array of tables") }
    var path: [String] = []
    repeat {
      scanner.skipBlanks()
      path.append(try scanner.key())
      scanner.skipBlanks()
      guard path.count <= TOMLReader.mostLevels else { throw scanner.error("too many levels") }
    } while scanner.take(UInt8(ascii: "."))
    guard scanner.take(UInt8(ascii: "]")) else { throw scanner.error("a header without its ]") }
    document.set(table)
    var key = ""
    for name in path {
      guard document.table(key)?[name] == nil else {
        throw scanner.error("a table that is a value already")
      }
      parents.insert(key)
      key = TOMLDocument.key(key, name)
      paths.insert(key)
    }
    guard document.table(key) == nil else { throw scanner.error("a table for the second time") }
    table = TOMLTable(path: path)
    isParent = parents.contains(key)
  }

  private mutating func readPair() throws(TOMLError) {
    let key = try scanner.key()
    scanner.skipBlanks()
    if scanner.peek == UInt8(ascii: ".") { throw scanner.error("a dotted key") }
    guard scanner.take(UInt8(ascii: "=")) else { throw scanner.error("a key without its =") }
    scanner.skipBlanks()
    guard table[key] == nil else { throw scanner.error("a key for the second time") }
    guard !isParent || !paths.contains(TOMLDocument.key(table.path + [key])) else {
      throw scanner.error("a key that is a table already")
    }
    table.add(key, try scanner.value())
  }
}

/// Splits bytes into keys and values. Counts lines, for errors. Anything unexpected is an error,
/// never a trap.
private struct TOMLScanner {
  private let bytes: [UInt8]
  private var index = 0
  private(set) var line = 1

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

  func error(_ text: String) -> TOMLError { .line(line, text) }

  mutating func advance() { index += 1 }

  mutating func take(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    index += 1
    return true
  }

  mutating func skipBlanks() {
    while let byte = peek, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { index += 1 }
  }

  var isUTF8: Bool { String(validating: bytes, as: UTF8.self) != nil }

  /// The line of the first byte that is not valid UTF-8.
  var firstBadLine: Int {
    let repaired = String(decoding: bytes, as: UTF8.self).utf8
    let good = zip(bytes, repaired).prefix { $0 == $1 }
    return 1 + good.reduce(0) { $0 + ($1.0 == UInt8(ascii: "\n") ? 1 : 0) }
  }

  /// Accepts blanks and a comment, then LF, CRLF or the end of the file.
  mutating func endLine() throws(TOMLError) {
    skipBlanks()
    try skipComment()
    guard let byte = peek else { return }
    if byte == UInt8(ascii: "\r") { index += 1 }
    guard take(UInt8(ascii: "\n")) else { throw error("something behind the value, or a lone CR") }
    line += 1
  }

  private mutating func skipComment() throws(TOMLError) {
    guard peek == UInt8(ascii: "#") else { return }
    while let byte = peek, byte != UInt8(ascii: "\n") {
      if byte == UInt8(ascii: "\r"), index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "\n")
      {
        return
      }
      guard !TOMLScanner.isControl(byte) else { throw error("a control character") }
      index += 1
    }
  }

  private static func isControl(_ byte: UInt8) -> Bool {
    (byte < 0x20 && byte != UInt8(ascii: "\t")) || byte == 0x7F
  }

  /// A bare key or a basic string.
  mutating func key() throws(TOMLError) -> String {
    if peek == UInt8(ascii: "\"") { return try string() }
    let start = index
    while let byte = peek, byte.isBare { index += 1 }
    guard index > start else { throw error("no key") }
    return String(decoding: bytes[start..<index], as: UTF8.self)
  }

  mutating func value() throws(TOMLError) -> TOMLValue {
    guard let byte = peek else { throw error("a key without its value") }
    switch byte {
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "["): return .strings(try array())
    case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      return .integer(try integer())
    case UInt8(ascii: "t"), UInt8(ascii: "f"):
      switch word() {
      case "true": return .boolean(true)
      case "false": return .boolean(false)
      default: break
      }
    default: break
    }
    throw error("no value that is known here")
  }

  /// All bytes that can belong to a number, a date or a boolean.
  private mutating func word() -> String {
    let start = index
    while let byte = peek, byte.isBare || ".:+".utf8.contains(byte) { index += 1 }
    return String(decoding: bytes[start..<index], as: UTF8.self)
  }

  private mutating func integer() throws(TOMLError) -> Int64 {
    let text = word()
    let digits = text.utf8.drop { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }
    guard text.utf8.count - digits.count <= 1, digits.allSatisfy(\.isDigit),
      digits.first != UInt8(ascii: "0") || digits.count == 1, let number = Int64(text)
    else { throw error("no decimal integer of 64 bits") }
    return number
  }

  /// Only strings; may span several lines; a comma after the last is allowed.
  private mutating func array() throws(TOMLError) -> [String] {
    index += 1
    var out: [String] = []
    while true {
      try skipLines()
      if take(UInt8(ascii: "]")) { return out }
      guard peek == UInt8(ascii: "\"") else { throw error("an array of something but strings") }
      out.append(try string())
      try skipLines()
      if take(UInt8(ascii: "]")) { return out }
      guard take(UInt8(ascii: ",")) else { throw error("an array without a comma or its ]") }
    }
  }

  private mutating func skipLines() throws(TOMLError) {
    while true {
      skipBlanks()
      guard let byte = peek, "#\n\r".utf8.contains(byte) else { return }
      try endLine()
    }
  }

  /// A basic string, on one line.
  mutating func string() throws(TOMLError) -> String {
    index += 1
    let start = index
    while let byte = peek, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"),
      !TOMLScanner.isControl(byte)
    {
      index += 1
    }
    var out = Array(bytes[start..<index])
    while let byte = peek {
      index += 1
      switch byte {
      case UInt8(ascii: "\""):
        // `""` and a third quote open a multi-line string; after a complete string
        // a quote is an error anyway.
        if peek == UInt8(ascii: "\"") { throw error("a string of many lines") }
        return String(decoding: out, as: UTF8.self)
      case UInt8(ascii: "\\"): try escape(&out)
      case _ where TOMLScanner.isControl(byte):
        throw error("a control character or a string without its end")
      default: out.append(byte)
      }
    }
    throw error("a string without its end")
  }

  private mutating func escape(_ out: inout [UInt8]) throws(TOMLError) {
    guard let byte = peek else { throw error("a string without its end") }
    index += 1
    switch byte {
    case UInt8(ascii: "b"): out.append(0x08)
    case UInt8(ascii: "t"): out.append(0x09)
    case UInt8(ascii: "n"): out.append(0x0A)
    case UInt8(ascii: "f"): out.append(0x0C)
    case UInt8(ascii: "r"): out.append(0x0D)
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): out.append(byte)
    case UInt8(ascii: "u"): out.append(contentsOf: try scalar(digits: 4))
    case UInt8(ascii: "U"): out.append(contentsOf: try scalar(digits: 8))
    default: throw error("an unknown escape")
    }
  }

  private mutating func scalar(digits: Int) throws(TOMLError) -> [UInt8] {
    var value: UInt32 = 0
    for _ in 0..<digits {
      guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80
      else { throw error("an escape without its digits") }
      // 8 digits fill exactly 32 bits.
      value = value << 4 | UInt32(digit)
      index += 1
    }
    guard let scalar = Unicode.Scalar(value) else { throw error("an escape for no character") }
    return Array(String(Character(scalar)).utf8)
  }
}
