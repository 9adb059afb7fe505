package import Mesh

/// What tmux reports about one pane at one moment, with its visible screen. Raw facts, no conclusions: `LookQuery` asks
/// for them, and `Look` is the same, read.
package struct PaneLook: Equatable, Sendable {
  package struct Cursor: Equatable, Sendable {
    /// From 0; `column` may equal the pane's width.
    package let column: Int
    package let row: Int
    package let isVisible: Bool
  }

  /// Where the pane is. Later looks keep the place of the first look.
  package let place: PanePlace
  package let pid: Int32
  package let isDead: Bool
  /// The number of active modes, such as copy mode; 0 if none.
  package let modes: Int
  package let isInputOff: Bool
  /// Keys that we send reach every pane of its window.
  package let isSynchronized: Bool
  package let isAlternateScreen: Bool
  package let cursor: Cursor
  package let columns: Int
  package let rows: Int
  package let historySize: Int
  /// Whether the program asked for bracketed paste; `nil` before tmux 3.7, which does not tell.
  package let bracketsPaste: Bool?
  /// Where tmux found the signs of questions, if it was asked.
  private let signs: ScreenSigns?
  package let title: String
  /// argv[0] of the foreground process, which the process can choose.
  package let currentCommand: String
  package internal(set) var watchers: [Watcher] = []
  /// The server keeps buffers of messages whose senders were killed.
  package internal(set) var hasLeftBuffers = false
  /// The requested options; empty in the looks after the first.
  package internal(set) var options: [String: OptionLevels] = [:]
  /// `capture-pane -p -e -N`: the visible rows with their styles, each with its LF.
  package internal(set) var capture: [UInt8] = []
  /// `capture-pane -p -e` of the same moment, which omits the blanks at the ends of rows; empty where it is not needed.
  package internal(set) var recordable: [UInt8] = []

  /// Where the signs of questions are.
  var shownSigns: ScreenSigns { signs ?? ScreenSigns(capture: capture) }

  package var pane: PaneID { place.pane }
  package var window: WindowID { place.window }
  package var tty: String { place.tty }
  package var server: ServerIdentity { place.server }

  private static let numbers = [
    "pane_id", "pane_pid", "pane_dead", "pane_in_mode", "pane_input_off", "pane_synchronized",
    "alternate_on", "cursor_x", "cursor_y", "cursor_flag", "pane_width", "pane_height",
    "history_size", "bracket_paste_flag",
  ]

  /// Numbers share one field, separated by bars.
  /// - Parameter signs: whether tmux searches the screen for the signs of questions.
  static func formats(signs: Bool) -> [String] {
    let numbers = numbers.map { "#{\($0)}" } + (signs ? ScreenSigns.formats : [])
    return [numbers.joined(separator: "|"), "#{pane_title}", "#{pane_current_command}"]
  }
  /// How many fields that is.
  static let fields = formats(signs: false).count

  init?(_ fields: ArraySlice<String>, _ place: PanePlace) {
    let fields = Array(fields)
    guard fields.count == PaneLook.fields else { return nil }
    let words = fields[0].split(separator: "|", omittingEmptySubsequences: false)
    guard words.count >= PaneLook.numbers.count, PaneID(validating: words[0]) == place.pane else {
      return nil
    }
    let numbers = words[1..<13].map { Int($0.isEmpty ? "0" : $0) ?? -1 }
    guard numbers.allSatisfy({ (0...Int(Int32.max)).contains($0) }) else { return nil }
    self.place = place
    (pid, isDead, modes) = (Int32(numbers[0]), numbers[1] != 0, numbers[2])
    (isInputOff, isSynchronized) = (numbers[3] != 0, numbers[4] != 0)
    isAlternateScreen = numbers[5] != 0
    cursor = Cursor(column: numbers[6], row: numbers[7], isVisible: numbers[8] != 0)
    (columns, rows, historySize) = (numbers[9], numbers[10], numbers[11])
    bracketsPaste = words[13].isEmpty ? nil : words[13] != "0"
    signs = ScreenSigns(words[14...])
    (title, currentCommand) = (fields[1], fields[2])
  }
}

/// Where a pane is. Names may contain any character.
package struct PanePlace: Equatable, Sendable {
  package let pane: PaneID
  package let window: WindowID
  package let session: SessionID
  package let windowIndex: Int
  package let paneIndex: Int
  package let tty: String
  package let sessionName: String
  package let windowName: String
  package let server: ServerIdentity

  static let formats =
    [
      "#{pane_id}|#{window_id}|#{session_id}|#{window_index}|#{pane_index}", "#{pane_tty}",
      "#{session_name}", "#{window_name}",
    ] + ServerIdentity.formats

  init?(_ fields: ArraySlice<String>) {
    let fields = Array(fields)
    guard fields.count == PanePlace.formats.count, let server = ServerIdentity(fields[4...]) else {
      return nil
    }
    let words = fields[0].split(separator: "|")
    guard words.count == 5, let pane = PaneID(validating: words[0]),
      let window = WindowID(validating: words[1]), let session = SessionID(validating: words[2]),
      let windowIndex = Int(words[3]), let paneIndex = Int(words[4])
    else { return nil }
    (self.pane, self.window, self.session, self.server) = (pane, window, session, server)
    (self.windowIndex, self.paneIndex, tty) = (windowIndex, paneIndex, fields[1])
    (sessionName, windowName) = (fields[2], fields[3])
  }

  /// From a listing.
  init(_ placed: PlacedPane) {
    let pane = placed.pane
    (self.pane, window, session) = (pane.id, pane.window, pane.session)
    (windowIndex, paneIndex, tty) = (pane.windowIndex, pane.index, pane.tty)
    (sessionName, windowName, server) = (pane.sessionName, pane.windowName, placed.server)
  }
}
