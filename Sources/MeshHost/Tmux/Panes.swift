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
  package fileprivate(set) var links: [Link]
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

  fileprivate static let formats =
    [
      "#{pane_id}", "#{window_id}", "#{session_id}", "#{window_index}", "#{pane_index}",
      "#{pane_pid}", "#{pane_active}", "#{pane_dead}", "#{pane_tty}", "#{session_name}",
      "#{window_name}",
    ] + hintedOptions.map { "#{?\($0),1,}" }
  /// tmux reads two files for each pane to answer these.
  fileprivate static let descriptions = [
    "#{pane_title}", "#{pane_current_path}", "#{pane_current_command}",
  ]

  fileprivate init?(_ row: [String]) {
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
}

/// What a list of panes is needed for.
package struct PaneQuery: Sendable {
  /// A pane whose options will be needed next, if it still exists.
  package var expecting: (pane: PaneID, names: [String])?
  /// Whether title, path and command are needed.
  package var describes = false

  package init(expecting: (pane: PaneID, names: [String])? = nil, describes: Bool = false) {
    (self.expecting, self.describes) = (expecting, describes)
  }
}

extension Tmux {
  /// Every pane of the server, each once, in tmux's order.
  package func panes() throws(Failure) -> [Pane] { try listing(PaneQuery(describes: true)).panes }

  /// What one client lists.
  struct Listing {
    let server: ServerIdentity
    let panes: [Pane]
    /// Options of the expected pane; `nil` if none was expected, or if it is
    /// gone or in several sessions.
    let expected: (pane: PaneID, options: [String: OptionLevels])?
  }

  /// Which server answers, and all of its panes, in one client.
  func listing(_ wanted: PaneQuery) throws(Failure) -> Listing {
    let marks = Marks()
    let expecting = wanted.expecting
    let formats = Pane.formats + (wanted.describes ? Pane.descriptions : [])
    let query = OptionQuery(
      names: expecting?.names ?? [], sessions: [OptionQuery.sessionOfPane])
    let out = try run(
      all: [
        ["display-message", "-p", marks.record(ServerIdentity.formats)],
        ["list-panes", "-a", "-F", marks.record(formats)],
      ] + (expecting.map { query.commands($0.pane, marks) } ?? [])
        + [["display-message", "-p", marks.event(.looked)]])
    let (records, values) = marks.recordsAndOptions(out)
    let server = try ServerIdentity.answered(records.first)
    let panes = try Tmux.panes(records.dropFirst())
    guard let id = expecting?.pane, let pane = panes.first(where: { $0.id == id }),
      pane.links.count == 1, let options = query.levels(from: values)
    else { return Listing(server: server, panes: panes, expected: nil) }
    let known = options.mapValues { $0.moving(OptionQuery.sessionOfPane, to: pane.session) }
    return Listing(server: server, panes: panes, expected: (id, known))
  }

  private static func panes(_ records: ArraySlice<[String]>) throws(Failure) -> [Pane] {
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
