/// Replaces, one for one, the characters that must not reach a terminal or an agent. The decision
/// depends on the character before it in the *output* and the one after it in the input, so that a
/// second run changes nothing.
struct Replacing {
  private let input: [Unicode.Scalar]
  private(set) var output: [Unicode.Scalar] = []
  /// Whether there was a Unicode tag character outside a flag: text that models
  /// read and people do not see.
  private(set) var sawTagCharacter = false

  static let replacement: Unicode.Scalar = "\u{FFFD}"

  init(_ input: [Unicode.Scalar]) { self.input = input }

  mutating func run() {
    output.reserveCapacity(input.count)
    var index = 0
    while index < input.count {
      let scalar = input[index]
      if let plain = Replacing.ascii(scalar) {
        output.append(plain)
        index += 1
        continue
      }
      let flag = SubdivisionFlag.length(in: input, at: index)
      if flag > 0 {
        output.append(contentsOf: input[index..<index + flag])
        index += flag
        continue
      }
      output.append(replaced(scalar, next: index + 1 < input.count ? input[index + 1] : nil))
      index += 1
    }
  }

  /// Printable ASCII, LF and TAB stay; the others become their pictures. `nil` if not ASCII.
  private static func ascii(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
    switch scalar.value {
    case 0x20...0x7E, 0x09, 0x0A: scalar
    case 0...0x1F: Unicode.Scalar(0x2400 + scalar.value)
    case 0x7F: "\u{2421}"
    default: nil
    }
  }

  private mutating func replaced(_ scalar: Unicode.Scalar, next: Unicode.Scalar?) -> Unicode.Scalar
  {
    guard Invisible.contains(scalar) else { return scalar }
    switch scalar.value {
    case 0xFE0E, 0xFE0F:
      return Joining.selects(after: output.last, before: next) ? scalar : Self.replacement
    case 0x200C, 0x200D:
      return Joining.joins(scalar, after: output.last, before: next) ? scalar : Self.replacement
    case 0xE0000...0xE007F:
      sawTagCharacter = true
      return Self.replacement
    default: return Self.replacement
    }
  }
}

/// Characters that are invisible by themselves: controls, direction marks, fillers, private use,
/// noncharacters.
enum Invisible {
  static func contains(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    // Shortcut: long ranges of ordinary letters and pictures.
    case 0x20...0x7E, 0xAE...0x34E, 0x350...0x5FF, 0x620...0x6DC, 0x900...0x115E: return false
    case 0x2070...0x3163, 0x3165...0xD7FF, 0x1F000...0x1FFFD: return false
    case 0...0x1F, 0x7F...0x9F: return true
    case 0xE000...0xF8FF, 0xF0000...0x10FFFF: return true
    case 0xFDD0...0xFDEF: return true
    // Arabic, Syriac and Kaithi signs whose category is format, although they are visible.
    case 0x600...0x605, 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD: return false
    case let value where value & 0xFFFE == 0xFFFE: return true
    default:
      let properties = scalar.properties
      return properties.isDefaultIgnorableCodePoint || properties.generalCategory == .format
    }
  }
}

/// England, Scotland, Wales: flags that are written with tag characters (emoji-tag-sequence of UTS
/// #51, the three recommended for general interchange). Any other sequence could carry hidden text.
enum SubdivisionFlag {
  private static let all: [[UInt32]] = ["gbeng", "gbsct", "gbwls"].map { name in
    [0x1F3F4] + name.utf8.map { 0xE0000 + UInt32($0) } + [0xE007F]
  }

  /// - Returns: the number of scalars of the flag that begins at `index`, or 0.
  static func length(in scalars: [Unicode.Scalar], at index: Int) -> Int {
    guard scalars[index].value == 0x1F3F4 else { return 0 }
    let found = all.first { flag in
      scalars.count - index >= flag.count
        && zip(flag, scalars[index...]).allSatisfy { $0 == $1.value }
    }
    return found?.count ?? 0
  }
}
