/// What is wrong with a file, and in which line. The texts are constant and never quote the file.
package enum TOMLError: Error, Equatable, Sendable, CustomStringConvertible {
  case line(Int, String)
  case tooLarge

  package var description: String {
    switch self {
    case .line(let number, let what): "line \(number): \(what)"
    case .tooLarge: "it is too large"
    }
  }
}

/// The kinds of values that our writer writes; the reader refuses all others.
package enum TOMLValue: Equatable, Sendable {
  case string(String)
  case integer(Int64)
  case boolean(Bool)
  case strings([String])
}

/// One table; its keys keep the order of the file. The root table has an empty path.
package struct TOMLTable: Equatable, Sendable {
  package struct Entry: Equatable, Sendable {
    package var key: String
    package var value: TOMLValue
  }

  package var path: [String]
  package private(set) var entries: [Entry] = []
  /// Where each key is, once there are so many that a search would be slow.
  private var places: [String: Int] = [:]
  private static let few = 16

  package init(path: [String], _ entries: KeyValuePairs<String, TOMLValue> = [:]) {
    self.path = path
    for (key, value) in entries { set(key, value) }
  }

  package subscript(key: String) -> TOMLValue? { place(of: key).map { entries[$0].value } }

  private func place(of key: String) -> Int? {
    entries.count <= TOMLTable.few ? entries.firstIndex { $0.key == key } : places[key]
  }

  /// Adds the key, or replaces its value in place.
  package mutating func set(_ key: String, _ value: TOMLValue) {
    if let place = place(of: key) { entries[place].value = value } else { add(key, value) }
  }

  /// Adds a key that the table does not have.
  mutating func add(_ key: String, _ value: TOMLValue) {
    entries.append(Entry(key: key, value: value))
    guard entries.count > TOMLTable.few else { return }
    let unplaced = places.isEmpty ? entries.indices : entries.indices.suffix(1)
    for index in unplaced { places[entries[index].key] = index }
  }

  package func string(_ key: String) -> String? {
    if case .string(let text) = self[key] { text } else { nil }
  }

  package func integer(_ key: String) -> Int64? {
    if case .integer(let number) = self[key] { number } else { nil }
  }

  package func boolean(_ key: String) -> Bool? {
    if case .boolean(let answer) = self[key] { answer } else { nil }
  }

  package func strings(_ key: String) -> [String]? {
    if case .strings(let list) = self[key] { list } else { nil }
  }
}

/// A file as an ordered list of tables, not as a tree: ours are at most two levels deep. Slices,
/// policies, profiles and the addresses' state are such files. `TOMLReader` and `TOMLWriter` read
/// and write them.
package struct TOMLDocument: Equatable, Sendable {
  /// The root table, then each `[header]`. Every path occurs once.
  package private(set) var tables: [TOMLTable]
  private var places: [String: Int]

  package init() {
    tables = [TOMLTable(path: [])]
    places = [TOMLDocument.key([]): 0]
  }

  package subscript(path: [String]) -> TOMLTable? { table(TOMLDocument.key(path)) }

  /// - Parameter key: of its path.
  func table(_ key: String) -> TOMLTable? { places[key].map { tables[$0] } }

  /// A path as one text, different for different paths.
  static func key(_ path: [String]) -> String { path.reduce("", TOMLDocument.key) }

  /// The key of a path that is one name longer.
  static func key(_ above: String, _ name: String) -> String {
    "\(above)\(name.utf8.count):\(name)"
  }

  /// Adds the table, or replaces the one with the same path.
  package mutating func set(_ table: TOMLTable) {
    let key = TOMLDocument.key(table.path)
    if let place = places[key] {
      tables[place] = table
    } else {
      places[key] = tables.count
      tables.append(table)
    }
  }

  /// The tables `[parent.<name>]`, in order.
  package func children(of parent: String) -> [TOMLTable] {
    tables.filter { $0.path.count == 2 && $0.path[0] == parent }
  }
}

/// Writing a file. A document has one spelling, so equal documents have equal bytes.
extension TOMLDocument {
  /// The file: the root's keys, then each table after an empty line. Reading it
  /// gives an equal document.
  package var encoded: [UInt8] {
    let texts = tables.map { table in
      let path = table.path.map(TOMLWriter.key).joined(separator: ".")
      let lines = table.entries.map { entry in
        "\(TOMLWriter.key(entry.key)) = \(TOMLWriter.value(entry.value))\n"
      }
      return (table.path.isEmpty ? "" : "[\(path)]\n") + lines.joined()
    }
    return Array(texts.filter { !$0.isEmpty }.joined(separator: "\n").utf8)
  }
}

private enum TOMLWriter {
  static func key(_ key: String) -> String {
    !key.isEmpty && key.utf8.allSatisfy(\.isBare) ? key : string(key)
  }

  static func value(_ value: TOMLValue) -> String {
    switch value {
    case .string(let text): string(text)
    case .integer(let number): String(number)
    case .boolean(let answer): String(answer)
    case .strings(let list): "[\(list.map(string).joined(separator: ", "))]"
    }
  }

  /// A basic string. Invisible characters and those that steer a terminal are escaped, so that the
  /// file is safe to display.
  private static func string(_ text: String) -> String {
    // The usual case, and fast: a slice may have 40,000 strings.
    let isPlain = text.utf8.allSatisfy { $0.isPrintable && $0 != 0x22 && $0 != 0x5C }
    if isPlain { return "\"\(text)\"" }
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": out += "\\\(scalar)"
      case "\u{2028}", "\u{2029}",
        _ where Invisible.contains(scalar):
        let hex = String(scalar.value, radix: 16, uppercase: true)
        let (mark, digits) = scalar.value > 0xFFFF ? ("U", 8) : ("u", 4)
        out += "\\\(mark)\(String(repeating: "0", count: digits - hex.utf8.count))\(hex)"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
}
