/// A pattern in which `*` matches any run of characters and `?` matches one. No
/// other character is special.
package struct Glob: Sendable, Equatable, Hashable {
  package let pattern: String
  /// `nil` for a pattern without wildcards.
  private let wild: [Character]?

  package init(_ pattern: String) {
    self.pattern = pattern
    let isWild = pattern.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }
    wild = isWild ? Array(pattern) : nil
  }

  /// Whether the whole text matches. Backtracks only to the last `*`, so the time is bounded.
  package func matches(_ text: String) -> Bool {
    guard let wild else { return text == pattern }
    // Most patterns begin with an ASCII letter that is not the text's.
    if let first = wild.first?.asciiValue, first != UInt8(ascii: "*"), first != UInt8(ascii: "?"),
      text.utf8.first != first
    {
      return false
    }
    let subject = Array(text)
    var (at, here) = (0, 0)
    var star: (pattern: Int, subject: Int)?
    while here < subject.count {
      if at < wild.count, wild[at] == "*" {
        star = (at, here)
        at += 1
      } else if at < wild.count, wild[at] == "?" || wild[at] == subject[here] {
        at += 1
        here += 1
      } else if let last = star {
        star = (last.pattern, last.subject + 1)
        at = last.pattern + 1
        here = last.subject + 1
      } else {
        return false
      }
    }
    return wild[at...].allSatisfy { $0 == "*" }
  }
}

/// A pattern for the last components of a path, each matched on its own: `claude`,
/// `claude/versions/*`.
package struct PathGlob: Sendable, Equatable, Hashable {
  private let components: [Glob]

  /// - Parameter pattern: components between slashes.
  package init(_ pattern: String) {
    components = pattern.utf8.split(separator: UInt8(ascii: "/")).map {
      Glob(String(Substring($0)))
    }
  }

  /// Whether the pattern names a particular program: its last component has at
  /// least two letters or digits.
  var isNamed: Bool {
    (components.last?.pattern.filter { $0.isLetter || $0.isNumber }.count ?? 0) >= 2
  }

  /// - Parameter path: the components of a path, or just a file name.
  func matches(_ path: [String]) -> Bool {
    guard !components.isEmpty, path.count >= components.count else { return false }
    // From the last component on: it differs most often.
    return zip(components.reversed(), path.reversed()).allSatisfy { $0.matches($1) }
  }
}
