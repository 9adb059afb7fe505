/// A literal in which `*` stands for any run of characters and `?` for one. No other character is special.
public struct Glob: Sendable, Equatable, Hashable {
  public let pattern: String
  private let characters: [Character]

  public init(_ pattern: String) {
    self.pattern = pattern
    characters = Array(pattern)
  }

  /// Whether all of the text matches. Linear in the text for each `*`: no backtracking beyond the last one.
  public func matches(_ text: some StringProtocol) -> Bool {
    let subject = Array(text)
    var (at, here) = (0, 0)
    var star: (pattern: Int, subject: Int)?
    while here < subject.count {
      if at < characters.count, characters[at] == "*" {
        star = (at, here)
        at += 1
      } else if at < characters.count, characters[at] == "?" || characters[at] == subject[here] {
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
    return characters[at...].allSatisfy { $0 == "*" }
  }

  /// Whether the last components of a path match this pattern's components, one by one: `claude/versions/*`.
  func matchesTail(of path: String) -> Bool {
    let wanted = pattern.split(separator: "/")
    let given = path.split(separator: "/")
    guard !wanted.isEmpty, given.count >= wanted.count else { return false }
    return zip(wanted, given.suffix(wanted.count)).allSatisfy { Glob(String($0)).matches($1) }
  }
}
