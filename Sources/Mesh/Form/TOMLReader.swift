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
struct TOMLReader {
  private(set) var document = TOMLDocument()
  private var scanner: TOMLScanner
  private var table = TOMLTable(path: [])
  /// For each path its child tables, whether they have a header or only occur in one; and the
  /// children of the current table.
  private var children: [[String]: Set<String>] = [:]
  private var ownChildren: Set<String> = []

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
    for length in 0..<path.count {
      let (parent, name) = (Array(path.prefix(length)), path[length])
      guard document[parent]?[name] == nil else {
        throw scanner.error("a table that is a value already")
      }
      children[parent, default: []].insert(name)
    }
    guard document[path] == nil else { throw scanner.error("a table for the second time") }
    table = TOMLTable(path: path)
    ownChildren = children[path] ?? []
  }

  private mutating func readPair() throws(TOMLError) {
    let key = try scanner.key()
    scanner.skipBlanks()
    if scanner.peek == UInt8(ascii: ".") { throw scanner.error("a dotted key") }
    guard scanner.take(UInt8(ascii: "=")) else { throw scanner.error("a key without its =") }
    scanner.skipBlanks()
    guard table[key] == nil else { throw scanner.error("a key for the second time") }
    guard !ownChildren.contains(key) else { throw scanner.error("a key that is a table already") }
    table.set(key, try scanner.value())
  }
}
