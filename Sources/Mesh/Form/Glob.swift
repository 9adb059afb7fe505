/// A literal in which `*` stands for any run of characters and `?` for one. No other character is special.
package struct Glob: Sendable, Equatable, Hashable {
  package let pattern: String
  /// Nil for a plain literal.
  private let wild: [Character]?

  package init(_ pattern: String) {
    self.pattern = pattern
    wild = pattern.contains("*") || pattern.contains("?") ? Array(pattern) : nil
  }

  /// Whether all of the text matches. No backtracking beyond the last `*`.
  package func matches(_ text: String) -> Bool {
    guard let wild else { return text == pattern }
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

/// A pattern for the last components of a path, matched one by one: `claude`, `claude/versions/*`.
package struct PathGlob: Sendable, Equatable, Hashable {
  private let components: [Glob]

  /// - Parameter pattern: components between slashes.
  package init(_ pattern: String) {
    components = pattern.split(separator: "/").map { Glob(String($0)) }
  }

  /// Whether it names a program, not any program: at least two letters or digits stand in its last component.
  var isNamed: Bool {
    (components.last?.pattern.filter { $0.isLetter || $0.isNumber }.count ?? 0) >= 2
  }

  /// - Parameter path: the components of a path, or a file name alone.
  func matches(_ path: [String]) -> Bool {
    guard !components.isEmpty, path.count >= components.count else { return false }
    return zip(components, path.suffix(components.count)).allSatisfy { $0.matches($1) }
  }
}
