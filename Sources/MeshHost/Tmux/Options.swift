internal import Mesh

/// The options with which a pane's owner says who may send to it, and how it is typed into. Protocol section 6.
enum AccessOption {
  static let allow = "@agent-allow"
  static let files = "@agent-allow-files"
  static let force = "@agent-allow-force"
  static let shell = "@agent-shell"
  static let input = "@agent-input"
  static let kind = "@agent-kind"
  /// By which way messages are handed over.
  static let via = "@agent-via"

  /// The options that must admit a sender.
  static func names(_ kind: Kind) -> [String] { kind == .file ? [allow, files] : [allow] }

  /// The options that matter after admission, each only at the levels where it has a meaning,
  /// because every level costs time.
  static func typing(_ options: SendOptions, _ pane: Pane) -> OptionQuery {
    let own = OptionQuery([shell, input, kind], .pane, of: pane)
    return options.force ? own + OptionQuery([force], of: pane) : own
  }
}

/// One user option (`@agent-allow`) and its value at each level. Formats (`#{@agent-allow}`) cannot
/// tell this: they look at server and global window options first.
package struct OptionLevels: Equatable, Sendable {
  package private(set) var pane: String?
  package private(set) var window: String?
  /// Only sessions in which it is set.
  package private(set) var sessions: [SessionID: String] = [:]
  /// `-g`
  package private(set) var global: String?
  /// `-gw`
  package private(set) var globalWindow: String?
  /// `-s`
  package private(set) var server: String?

  package init(
    pane: String? = nil, window: String? = nil, sessions: [SessionID: String] = [:],
    global: String? = nil, globalWindow: String? = nil, server: String? = nil
  ) {
    (self.pane, self.window, self.sessions) = (pane, window, sessions)
    (self.global, self.globalWindow, self.server) = (global, globalWindow, server)
  }

  /// - Parameter session: the one that `.sessionOf` means.
  mutating func set(_ value: String?, at place: OptionPlace, session: SessionID? = nil) {
    switch place {
    case .pane: pane = value
    case .window, .windowOf: window = value
    case .session(let id): sessions[id] = value
    case .sessionOf: if let session { sessions[session] = value }
    case .global: global = value
    case .globalWindow: globalWindow = value
    case .server: server = value
    }
  }
}

extension AllowLevels {
  /// Every session that the window is linked into counts, whether the option is set there or not.
  init(_ levels: OptionLevels?, _ pane: Pane) {
    let levels = levels ?? OptionLevels()
    self.init(
      pane: levels.pane, window: levels.window,
      sessions: pane.links.map { levels.sessions[$0.session] },
      global: [levels.global, levels.globalWindow], server: levels.server)
  }
}

/// Where tmux is asked for an option. It is asked about one place at a time.
enum OptionPlace: Hashable, Sendable {
  case pane(PaneID)
  case window(WindowID), session(SessionID)
  /// Those in which the pane is when tmux is asked.
  case windowOf(PaneID), sessionOf(PaneID)
  case global, globalWindow, server

  var arguments: [String] {
    switch self {
    case .pane(let id): ["-pqv", "-t", id.description]
    case .window(let id): ["-wqv", "-t", id.description]
    case .windowOf(let id): ["-wqv", "-t", id.description]
    case .session(let id): ["-qv", "-t", id.description + ":"]
    case .sessionOf(let id): ["-qv", "-t", id.description]
    case .global: ["-gqv"]
    case .globalWindow: ["-gwqv"]
    case .server: ["-sqv"]
    }
  }
}

/// The value of one option at one place.
struct OptionQuestion: Hashable, Sendable {
  let place: OptionPlace
  let name: String

  /// `@` and letters, digits, `-`.
  static func isName(_ name: String) -> Bool {
    name.hasPrefix("@") && (2...64).contains(name.utf8.count)
      && name.utf8.dropFirst().allSatisfy {
        Character(UnicodeScalar($0)).isLetter && $0 < 0x80
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
      }
  }

  /// Each value follows its own mark, because an unset option prints nothing and an
  /// empty one an empty line.
  func commands(_ marks: Marks) -> [[String]] {
    [
      ["display-message", "-p", marks.mark(.option)], ["show-options"] + place.arguments + [name],
    ]
  }

  /// - Parameter printed: the line feed of the mark's own line, then the value and its line feed, if it is set.
  static func value(_ printed: [UInt8]) -> String? {
    guard printed.count >= 2, printed.last == UInt8(ascii: "\n") else { return nil }
    return String(decoding: printed.dropFirst().dropLast(), as: UTF8.self)
  }
}

extension Tmux {
  /// Sets a user option of a window. - Parameter value: any text without NUL.
  package func setOption(
    _ name: String, _ value: String, window: WindowID
  ) throws(Failure) {
    guard OptionQuestion.isName(name), !value.utf8.contains(0) else {
      throw .refused("bad option name or value")
    }
    try run(["set-option", "-w", "-t", window.description, "--", name, value])
  }
}
