/// What tmux says of one pane at one moment, its visible screen included: raw facts, nothing concluded.
public struct PaneLook: Equatable, Sendable {
  /// An attached client that shows this pane now.
  public struct Watcher: Equatable, Sendable {
    /// Seconds since 1970 of the last key that a human typed there.
    public let activity: Int64
    public let isReadOnly: Bool
  }
  public struct Cursor: Equatable, Sendable {
    /// From 0; `column` may equal the pane's width.
    public let column: Int
    public let row: Int
    public let isVisible: Bool

    public init(column: Int, row: Int, isVisible: Bool) {
      (self.column, self.row, self.isVisible) = (column, row, isVisible)
    }
  }

  public let pane: PaneID
  public let window: WindowID
  public let session: SessionID
  public let windowIndex: Int
  public let paneIndex: Int
  public let pid: Int32
  public let isDead: Bool
  /// Modes on its stack: copy mode and others. 0: none.
  public let modes: Int
  public let isInputOff: Bool
  /// Keys that we send to it reach every pane of its window.
  public let isSynchronized: Bool
  public let isAlternateScreen: Bool
  public let cursor: Cursor
  public let columns: Int
  public let rows: Int
  public let historySize: Int
  /// Whether the program asked for bracketed pastes; nil before tmux 3.7, which does not say.
  public let bracketsPaste: Bool?
  public let tty: String
  public let title: String
  /// argv[0] of the foreground process: a claim.
  public let currentCommand: String
  public let sessionName: String
  public let windowName: String
  public let server: ServerIdentity
  public internal(set) var watchers: [Watcher] = []
  /// As asked for; empty when nothing was.
  public internal(set) var options: [String: OptionLevels] = [:]
  /// `capture-pane -p -e -N`: the visible rows with their styles, each with its line feed.
  public internal(set) var capture: [UInt8] = []

  static let formats =
    [
      "#{pane_id}", "#{window_id}", "#{session_id}", "#{window_index}", "#{pane_index}",
      "#{pane_pid}", "#{pane_dead}", "#{pane_in_mode}", "#{pane_input_off}",
      "#{pane_synchronized}", "#{alternate_on}", "#{cursor_x}", "#{cursor_y}", "#{cursor_flag}",
      "#{pane_width}", "#{pane_height}", "#{history_size}", "#{bracket_paste_flag}",
      "#{pane_tty}", "#{pane_title}", "#{pane_current_command}", "#{session_name}",
      "#{window_name}",
    ] + ServerIdentity.formats

  init?(_ fields: [String]) {
    guard fields.count == PaneLook.formats.count,
      let server = ServerIdentity(fields.suffix(ServerIdentity.formats.count)),
      let pane = PaneID(validating: fields[0]), let window = WindowID(validating: fields[1]),
      let session = SessionID(validating: fields[2])
    else { return nil }
    let numbers = fields[3..<17].map { Int($0.isEmpty ? "0" : $0) ?? -1 }
    guard numbers.allSatisfy({ (0...Int(Int32.max)).contains($0) }) else { return nil }
    (self.pane, self.window, self.session, self.server) = (pane, window, session, server)
    (windowIndex, paneIndex, pid) = (numbers[0], numbers[1], Int32(numbers[2]))
    (isDead, modes, isInputOff) = (numbers[3] != 0, numbers[4], numbers[5] != 0)
    (isSynchronized, isAlternateScreen) = (numbers[6] != 0, numbers[7] != 0)
    cursor = Cursor(column: numbers[8], row: numbers[9], isVisible: numbers[10] != 0)
    (columns, rows, historySize) = (numbers[11], numbers[12], numbers[13])
    bracketsPaste = fields[17].isEmpty ? nil : fields[17] != "0"
    (tty, title, currentCommand) = (fields[18], fields[19], fields[20])
    (sessionName, windowName) = (fields[21], fields[22])
  }
}
