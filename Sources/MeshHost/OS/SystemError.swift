package import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A system call that failed: what the kernel said, and what we were doing.
package struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
  package let code: Errno
  /// A constant verb and, made printable, what it was done to: `open /home/a/.agents/keys`.
  package let doing: String

  /// - Parameter verb: a constant of ours.
  init(_ code: Errno, _ verb: StaticString, _ what: String = "") {
    self.code = code
    doing = what.isEmpty ? "\(verb)" : "\(verb) \(Printable.line(what))"
  }

  package var description: String { "\(doing): \(code)" }
}

extension Errno {
  /// What the last failed call of this thread left behind.
  static var last: Errno { Errno(rawValue: errno) }
}

/// Foreign bytes for a line of a message to a person.
/// Only for errors of this layer: text for panes goes the long way through the safe text of `Mesh`.
enum Printable {
  /// At most 200 characters; what is not a letter, mark, number, punctuation, symbol or blank becomes U+FFFD.
  static func line(_ text: String, limit: Int = 200) -> String {
    var out = String.UnicodeScalarView()
    for scalar in text.unicodeScalars.prefix(limit) {
      out.append(isPrintable(scalar) ? scalar : "\u{FFFD}")
    }
    return String(out)
  }

  static func line(_ bytes: some Collection<UInt8>, limit: Int = 200) -> String {
    line(String(decoding: bytes.prefix(limit * 4), as: UTF8.self), limit: limit)
  }

  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator:
      false
    default: true
    }
  }
}
