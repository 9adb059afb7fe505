/// Writing a file. A document has one spelling, so equal documents have equal bytes.
extension TOMLDocument {
  /// The file: the root's keys, then each table after an empty line. Reading it
  /// gives an equal document.
  package var encoded: [UInt8] {
    var out: [UInt8] = []
    for table in tables {
      if !table.path.isEmpty {
        if !out.isEmpty { out.append(UInt8(ascii: "\n")) }
        out.append(UInt8(ascii: "["))
        for (index, key) in table.path.enumerated() {
          if index > 0 { out.append(UInt8(ascii: ".")) }
          TOMLWriter.key(key, to: &out)
        }
        out.append(contentsOf: "]\n".utf8)
      }
      for entry in table.entries {
        TOMLWriter.key(entry.key, to: &out)
        out.append(contentsOf: " = ".utf8)
        TOMLWriter.value(entry.value, to: &out)
        out.append(UInt8(ascii: "\n"))
      }
    }
    return out
  }
}

enum TOMLWriter {
  static func key(_ key: String, to out: inout [UInt8]) {
    if !key.isEmpty, key.utf8.allSatisfy(TOMLScanner.isBare) {
      out.append(contentsOf: key.utf8)
    } else {
      string(key, to: &out)
    }
  }

  static func value(_ value: TOMLValue, to out: inout [UInt8]) {
    switch value {
    case .string(let text): string(text, to: &out)
    case .integer(let number): out.append(contentsOf: String(number).utf8)
    case .boolean(let answer): out.append(contentsOf: (answer ? "true" : "false").utf8)
    case .strings(let list):
      out.append(UInt8(ascii: "["))
      for (index, text) in list.enumerated() {
        if index > 0 { out.append(contentsOf: ", ".utf8) }
        string(text, to: &out)
      }
      out.append(UInt8(ascii: "]"))
    }
  }

  /// A basic string. Invisible characters and those that steer a terminal are escaped, so that the
  /// file is safe to display.
  static func string(_ text: String, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "\""))
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\":
        out.append(UInt8(ascii: "\\"))
        out.append(UInt8(truncatingIfNeeded: scalar.value))
      case _ where scalar.value == 0x2028 || scalar.value == 0x2029 || Invisible.contains(scalar):
        escape(scalar, to: &out)
      default: out.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
      }
    }
    out.append(UInt8(ascii: "\""))
  }

  private static func escape(_ scalar: Unicode.Scalar, to out: inout [UInt8]) {
    let hex = String(scalar.value, radix: 16, uppercase: true)
    let digits = scalar.value > 0xFFFF ? 8 : 4
    out.append(contentsOf: (digits == 8 ? "\\U" : "\\u").utf8)
    out.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: digits - hex.utf8.count))
    out.append(contentsOf: hex.utf8)
  }
}
