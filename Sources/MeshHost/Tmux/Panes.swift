/// A pane as tmux lists it now. Text fields come from tmux and programs: any character but NUL.
/// Make them safe before they are printed.
package struct Pane: Sendable, Equatable {
  /// A session that contains the pane's window. A window that is linked into
  /// two sessions has two links.
  package struct Link: Sendable, Equatable {
    package let session: SessionID
    package let sessionName: String
    package let windowIndex: Int
  }

  package let id: PaneID
  package let window: WindowID
  package let windowName: String
  /// At least one, in tmux's order.
  package private(set) var links: [Link]
  /// Its index in the window.
  package let index: Int
  /// The process that the pane was created for; it has ended if the pane is dead.
  package let pid: Int32
  /// `/dev/pts/7`
  package let tty: String
  /// Whether it is the active pane of its window.
  package let isActive: Bool
  package let isDead: Bool
  /// Like the two that follow, empty unless the list was asked to describe panes.
  package let title: String
  package let currentPath: String
  /// argv[0] of the foreground process, which the process can choose.
  package let currentCommand: String
  /// The `hintedOptions` that have a value at some level; only these are worth reading.
  let hints: Set<String>

  /// Options that say what a pane is called and what it is for.
  static let hintedOptions = [
    "@agent-name", "@agent-role", "@agent-scope", AccessOption.input, AccessOption.via,
  ]

  /// The first session in which it is listed.
  package var session: SessionID { links[0].session }
  package var sessionName: String { links[0].sessionName }
  package var windowIndex: Int { links[0].windowIndex }

  static let formats =
    [
      "#{pane_id}", "#{window_id}", "#{session_id}", "#{window_index}", "#{pane_index}",
      "#{pane_pid}", "#{pane_active}", "#{pane_dead}", "#{pane_tty}", "#{session_name}",
      "#{window_name}",
    ] + hintedOptions.map { "#{?\($0),1,}" }
  /// tmux reads two files for each pane to answer these.
  static let descriptions = [
    "#{pane_title}", "#{pane_current_path}", "#{pane_current_command}",
  ]

  private init?(_ row: [String]) {
    let (fields, about) = (row.prefix(Pane.formats.count), row.dropFirst(Pane.formats.count))
    guard fields.count == Pane.formats.count,
      about.isEmpty || about.count == Pane.descriptions.count,
      let id = PaneID(validating: fields[0]),
      let window = WindowID(validating: fields[1]), let session = SessionID(validating: fields[2]),
      let windowIndex = Int(fields[3]), let index = Int(fields[4]),
      // tmux 3.8 does not tell the process of a dead pane.
      let pid = Int32(fields[5].isEmpty ? "0" : fields[5])
    else { return nil }
    self.id = id
    self.window = window
    self.index = index
    self.pid = pid
    isActive = fields[6] == "1"
    isDead = fields[7] == "1"
    tty = fields[8]
    links = [Link(session: session, sessionName: fields[9], windowIndex: windowIndex)]
    windowName = fields[10]
    hints = Set(zip(Pane.hintedOptions, fields[11...]).filter { $0.1 == "1" }.map(\.0))
    let texts = about.isEmpty ? ["", "", ""] : Array(about)
    (title, currentPath, currentCommand) = (texts[0], texts[1], texts[2])
  }

  /// - Parameter records: one for each link of a pane's window.
  static func all(_ records: ArraySlice<[String]>) throws(Tmux.Failure) -> [Pane] {
    var panes: [Pane] = []
    var places: [String: Int] = [:]
    for fields in records {
      guard let pane = Pane(fields) else { throw .garbled }
      let id = pane.id.description
      if let place = places[id] {
        panes[place].links += pane.links
      } else {
        places[id] = panes.count
        panes.append(pane)
      }
    }
    return panes
  }
}

/// A pane together with its server, because different servers use the same numbers. Everything that
/// addresses a pane passes this on.
package struct PlacedPane: Sendable {
  package let pane: Pane
  package let tmux: Tmux
  package let server: ServerIdentity

  var key: PaneKey { PaneKey(server, pane.id) }
}

/// A pane during one server's life. A new server uses the same ids again, and may get the same pid.
package struct PaneKey: Hashable, Sendable {
  package let server: Int32
  /// When the server started, in seconds since 1970.
  package let start: Int64
  package let pane: PaneID

  package init(_ server: ServerIdentity, _ pane: PaneID) {
    (self.server, start, self.pane) = (server.pid, server.startTime, pane)
  }

  /// The key as a file name.
  package var fileName: String { "\(server)-\(start)-\(pane.number)" }
}

/// tmux's own number for a pane, a window or a session, unique during one server's life. We only
/// target by these ids, never by names.
package protocol TmuxID: Hashable, Sendable, Comparable, CustomStringConvertible {
  static var sigil: Character { get }
  var number: UInt32 { get }
  init(number: UInt32)
}

extension TmuxID {
  /// The sigil and up to nine digits, in the only accepted spelling.
  package init?(validating text: some StringProtocol) {
    guard text.first == Self.sigil, (2...10).contains(text.utf8.count),
      text.utf8.dropFirst().allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let number = UInt32(text.dropFirst())
    else { return nil }
    self.init(number: number)
    guard description == text else { return nil }
  }

  package var description: String { "\(Self.sigil)\(number)" }
  package static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

/// `%7`
package struct PaneID: TmuxID {
  package static let sigil: Character = "%"
  package let number: UInt32
  package init(number: UInt32) { self.number = number }
}

/// `@7`
package struct WindowID: TmuxID {
  package static let sigil: Character = "@"
  package let number: UInt32
  package init(number: UInt32) { self.number = number }
}

/// `$7`
package struct SessionID: TmuxID {
  package static let sigil: Character = "$"
  package let number: UInt32
  package init(number: UInt32) { self.number = number }
}

extension Tmux {
  /// The pane that a user's target (`work:2.1`) means; `nil` if none. `display-message` alone would fall back to the
  /// current window where the target does not exist, so that `list-panes` is asked first.
  package func pane(target: String) throws(Failure) -> PaneID? {
    guard !target.isEmpty, !target.hasPrefix("-"), !target.utf8.contains(0) else { return nil }
    let marks = Marks()
    do {
      let out = try run(
        ["list-panes", "-t", target, "-F", ""],
        ["display-message", "-p", "-t", target, marks.record(["#{pane_id}"])])
      return marks.records(out).first?.first.flatMap { PaneID(validating: $0) }
    } catch .refused { return nil }
  }
}
