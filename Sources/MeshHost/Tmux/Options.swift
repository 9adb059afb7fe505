/// One user option (`@agent-allow`) and its value at each level. Formats (`#{@agent-allow}`) cannot
/// tell this: they look at server and global window options first.
package struct OptionLevels: Equatable, Sendable {
  package internal(set) var pane: String?
  package internal(set) var window: String?
  /// Only sessions in which it is set.
  package internal(set) var sessions: [SessionID: String] = [:]
  /// `-g`
  package internal(set) var global: String?
  /// `-gw`
  package internal(set) var globalWindow: String?
  /// `-s`
  package internal(set) var server: String?

  package init(
    pane: String? = nil, window: String? = nil, sessions: [SessionID: String] = [:],
    global: String? = nil, globalWindow: String? = nil, server: String? = nil
  ) {
    (self.pane, self.window, self.sessions) = (pane, window, sessions)
    (self.global, self.globalWindow, self.server) = (global, globalWindow, server)
  }
}

/// Which options of a pane to read, at which levels and from which sessions: those that contain the
/// pane's window.
package struct OptionQuery: Sendable {
  fileprivate enum Level { case pane, window, session(SessionID), global, globalWindow, server }

  /// How far up an option has a meaning. Each level costs two commands.
  package enum Reach: Sendable { case pane, session, all }

  package let names: [String]
  package let sessions: [SessionID]
  private let reaches: [Reach]

  /// No options.
  package static let none = OptionQuery([], sessions: [])

  /// Stands for the session of the pane's window, if the window is in one session only.
  static let sessionOfPane = SessionID(number: .max)

  /// - Parameter names: `@` and letters, digits, `-`; other names are left out.
  package init(names: [String], sessions: [SessionID]) {
    self.init(names.map { ($0, .all) }, sessions: sessions)
  }

  /// - Parameter wanted: each name once.
  package init(_ wanted: [(name: String, reach: Reach)], sessions: [SessionID]) {
    let wanted = wanted.filter { OptionQuery.isName($0.name) }
    names = wanted.map { $0.name }
    reaches = wanted.map { $0.reach }
    self.sessions = sessions
  }

  static func isName(_ name: String) -> Bool {
    name.hasPrefix("@") && (2...64).contains(name.utf8.count)
      && name.utf8.dropFirst().allSatisfy {
        Character(UnicodeScalar($0)).isLetter && $0 < 0x80
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
      }
  }

  private func levels(_ reach: Reach) -> [Level] {
    switch reach {
    case .pane: [.pane]
    case .session: [.pane, .window] + sessions.map { .session($0) }
    case .all:
      [.pane, .window, .global, .globalWindow, .server] + sessions.map { .session($0) }
    }
  }

  /// How many values the commands print.
  var count: Int { reaches.reduce(0) { $0 + levels($1).count } }

  /// Each value follows its own mark, because an unset option prints nothing and an
  /// empty one an empty line.
  func commands(_ pane: PaneID, _ marks: Marks) -> [[String]] {
    zip(names, reaches).flatMap { name, reach in
      levels(reach).flatMap { level in
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
    case .session(OptionQuery.sessionOfPane): ["-qv", "-t", pane.description]
    case .session(let session): ["-qv", "-t", session.description + ":"]
    case .global: ["-gqv"]
    case .globalWindow: ["-gwqv"]
    case .server: ["-sqv"]
    }
  }

  /// - Parameter values: what was printed after each mark, in the order of `commands`.
  /// - Returns: `nil` if the number of values is wrong.
  func levels(from values: [[UInt8]]) -> [String: OptionLevels]? {
    guard values.count == count else { return nil }
    var rest = values[...]
    var all: [String: OptionLevels] = [:]
    for (name, reach) in zip(names, reaches) {
      var found = OptionLevels()
      for level in levels(reach) {
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
  static func value(_ printed: [UInt8]) -> String? {
    guard printed.count >= 2, printed.last == UInt8(ascii: "\n") else { return nil }
    return String(decoding: printed.dropFirst().dropLast(), as: UTF8.self)
  }
}

extension OptionLevels {
  func moving(_ session: SessionID, to other: SessionID) -> OptionLevels {
    var moved = self
    if let value = moved.sessions.removeValue(forKey: session) { moved.sessions[other] = value }
    return moved
  }

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
  package func optionLevels(pane: Pane, names: [String]) throws(Failure) -> [String: OptionLevels] {
    try optionLevels(of: [(pane, names)], reach: .all)[pane.id] ?? [:]
  }

  /// Options of many panes, up to sixty per client.
  func optionLevels(
    of wanted: [(pane: Pane, names: [String])], reach: OptionQuery.Reach
  ) throws(Failure) -> [PaneID: [String: OptionLevels]] {
    var found: [PaneID: [String: OptionLevels]] = [:]
    for start in stride(from: 0, to: wanted.count, by: 60) {
      let part = wanted[start..<min(start + 60, wanted.count)].map { pane, names in
        (pane.id, OptionQuery(names.map { ($0, reach) }, sessions: pane.links.map(\.session)))
      }
      found.merge(try optionLevels(part)) { first, _ in first }
    }
    return found
  }

  private func optionLevels(
    _ queries: [(PaneID, OptionQuery)]
  ) throws(Failure) -> [PaneID: [String: OptionLevels]] {
    let marks = Marks()
    let commands = queries.flatMap { $0.1.commands($0.0, marks) }
    guard !commands.isEmpty else { return [:] }
    var stream = MarkedStream(marks)
    stream.append(try run(all: commands + [["display-message", "-p", marks.event(.looked)]]))
    var values: [[UInt8]] = []
    while let chunk = stream.next() {
      if chunk.kind == .option { values.append(chunk.body) }
    }
    var (found, rest) = ([PaneID: [String: OptionLevels]](), values[...])
    for (pane, query) in queries {
      guard let levels = query.levels(from: Array(rest.prefix(query.count))) else { throw .garbled }
      found[pane] = levels
      rest = rest.dropFirst(query.count)
    }
    return found
  }

  /// Sets a user option of the pane itself. - Parameter value: any text without NUL; `nil`: unset.
  package func setOption(_ name: String, _ value: String?, pane: PaneID) throws(Failure) {
    try setOption(name, value, ["-p", "-t", pane.description])
  }

  /// Sets a user option of a window. - Parameter value: any text without NUL; `nil`: unset.
  package func setOption(_ name: String, _ value: String?, window: WindowID) throws(Failure) {
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
