/// One option of the user's (`@agent-allow`), as it is set at each level by itself.
/// Formats (`#{@agent-allow}`) cannot say this: they look at server and global window options first.
public struct OptionLevels: Equatable, Sendable {
  public internal(set) var pane: String?
  public internal(set) var window: String?
  /// Only sessions where it is set.
  public internal(set) var sessions: [SessionID: String] = [:]
  /// `-g`
  public internal(set) var global: String?
  /// `-gw`
  public internal(set) var globalWindow: String?
  /// `-s`
  public internal(set) var server: String?

  public init(
    pane: String? = nil, window: String? = nil, sessions: [SessionID: String] = [:],
    global: String? = nil, globalWindow: String? = nil, server: String? = nil
  ) {
    (self.pane, self.window, self.sessions) = (pane, window, sessions)
    (self.global, self.globalWindow, self.server) = (global, globalWindow, server)
  }
}

/// Which options of a pane are wanted, and from which sessions: those that the pane's window stands in.
public struct OptionQuery: Sendable {
  fileprivate enum Level { case pane, window, session(SessionID), global, globalWindow, server }

  public let names: [String]
  public let sessions: [SessionID]

  /// Nothing.
  public static let none = OptionQuery(names: [], sessions: [])

  /// - Parameter names: `@` and letters, digits, `-`; others are left out.
  public init(names: [String], sessions: [SessionID]) {
    self.names = names.filter { OptionQuery.isName($0) }
    self.sessions = sessions
  }

  static func isName(_ name: String) -> Bool {
    name.hasPrefix("@") && (2...64).contains(name.utf8.count)
      && name.utf8.dropFirst().allSatisfy {
        Character(UnicodeScalar($0)).isLetter && $0 < 0x80
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
      }
  }

  private var levels: [Level] {
    [.pane, .window, .global, .globalWindow, .server] + sessions.map { .session($0) }
  }

  /// Each value stands behind a mark of its own: unset prints nothing, empty prints an empty line.
  func commands(_ pane: PaneID, _ marks: Marks) -> [[String]] {
    names.flatMap { name in
      levels.flatMap { level in
        [
          ["display-message", "-p", marks.mark(.option)],
          ["show-options"] + arguments(level, pane) + [name],
        ]
      }
    }
  }

  private func arguments(_ level: Level, _ pane: PaneID) -> [String] {
    switch level {
    case .pane: ["-pqv", "-t", pane.description]
    case .window: ["-wqv", "-t", pane.description]
    case .session(let session): ["-qv", "-t", session.description + ":"]
    case .global: ["-gqv"]
    case .globalWindow: ["-gwqv"]
    case .server: ["-sqv"]
    }
  }

  /// - Parameter values: what was printed behind each mark, in the order of `commands`.
  /// - Returns: nil when there are not as many as there should be.
  func levels(from values: [[UInt8]]) -> [String: OptionLevels]? {
    guard values.count == names.count * levels.count else { return nil }
    var rest = values[...]
    var all: [String: OptionLevels] = [:]
    for name in names {
      var found = OptionLevels()
      for level in levels {
        guard let printed = rest.popFirst(), let value = OptionQuery.value(printed) else {
          continue
        }
        found.set(value, level)
      }
      all[name] = found
    }
    return all
  }

  /// The line feed of the mark's own line, then the value and its line feed, if it is set.
  private static func value(_ printed: [UInt8]) -> String? {
    guard printed.count >= 2, printed.last == UInt8(ascii: "\n") else { return nil }
    return String(decoding: printed.dropFirst().dropLast(), as: UTF8.self)
  }
}

extension OptionLevels {
  fileprivate mutating func set(_ value: String, _ level: OptionQuery.Level) {
    switch level {
    case .pane: pane = value
    case .window: window = value
    case .session(let session): sessions[session] = value
    case .global: global = value
    case .globalWindow: globalWindow = value
    case .server: server = value
    }
  }
}

extension Tmux {
  /// Options of a pane at every level, in one client.
  public func optionLevels(pane: Pane, names: [String]) throws(Failure) -> [String: OptionLevels] {
    let query = OptionQuery(names: names, sessions: pane.links.map(\.session))
    guard !query.names.isEmpty else { return [:] }
    let marks = Marks()
    let end = [["display-message", "-p", marks.event(.looked)]]
    var stream = MarkedStream(marks)
    stream.append(try run(all: query.commands(pane.id, marks) + end))
    var values: [[UInt8]] = []
    while let chunk = stream.next() {
      if chunk.kind == .option { values.append(chunk.body) }
    }
    guard let levels = query.levels(from: values) else { throw .garbled }
    return levels
  }

  /// Sets a user option of the pane's own level. - Parameter value: any text without NUL; nil: unset.
  public func setOption(_ name: String, _ value: String?, pane: PaneID) throws(Failure) {
    try setOption(name, value, ["-p", "-t", pane.description])
  }

  /// Sets a user option of a window. - Parameter value: any text without NUL; nil: unset.
  public func setOption(_ name: String, _ value: String?, window: WindowID) throws(Failure) {
    try setOption(name, value, ["-w", "-t", window.description])
  }

  private func setOption(
    _ name: String, _ value: String?, _ target: [String]
  ) throws(Failure) {
    guard OptionQuery.isName(name), value?.utf8.contains(0) != true else {
      throw .refused("bad option name or value")
    }
    if let value {
      try run(["set-option"] + target + ["--", name, value])
    } else {
      try run(["set-option", "-u"] + target + ["--", name])
    }
  }
}
