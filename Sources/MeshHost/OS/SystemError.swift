internal import CLibrary

/// A failed system call: the kernel's error, and what we were doing. The errors of files, terminals
/// and stdin carry it.
package struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
  package let code: Errno
  /// A constant verb and its object, made printable: `open /home/a/.agents/keys`.
  package let doing: String

  /// - Parameter verb: a constant of ours.
  init(_ code: Errno, _ verb: StaticString, _ what: String = "") {
    self.code = code
    doing = what.isEmpty ? "\(verb)" : "\(verb) \(Printable.line(what))"
  }

  package var description: String { "\(doing): \(code)" }
}

/// The error number of a system call, and the system's text for it.
package struct Errno: Error, Hashable, Sendable, CustomStringConvertible {
  package let rawValue: Int32

  package init(rawValue: Int32) { self.rawValue = rawValue }

  /// The error of this thread's last failed call.
  static var last: Errno { Errno(rawValue: errno) }

  package static var noSuchFileOrDirectory: Errno { Errno(rawValue: ENOENT) }
  package static var permissionDenied: Errno { Errno(rawValue: EACCES) }
  package static var notDirectory: Errno { Errno(rawValue: ENOTDIR) }
  package static var isDirectory: Errno { Errno(rawValue: EISDIR) }
  static var fileExists: Errno { Errno(rawValue: EEXIST) }
  static var brokenPipe: Errno { Errno(rawValue: EPIPE) }
  static var invalidArgument: Errno { Errno(rawValue: EINVAL) }
  static var noSpace: Errno { Errno(rawValue: ENOSPC) }
  static var resourceTemporarilyUnavailable: Errno { Errno(rawValue: EAGAIN) }
  static var tooManyOpenFiles: Errno { Errno(rawValue: EMFILE) }
  static var tooManySymbolicLinkLevels: Errno { Errno(rawValue: ELOOP) }

  package var description: String {
    guard let words = unsafe strerror(rawValue) else { return "error \(rawValue)" }
    return unsafe String(cString: words)
  }
}

/// Makes foreign text printable for one line of an error message. Only for errors of this layer:
/// text for panes goes through the safe text of `Mesh`.
enum Printable {
  /// At most 200 characters; anything but letters, marks, numbers, punctuation, symbols and blanks
  /// becomes U+FFFD.
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
