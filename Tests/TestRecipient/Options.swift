/// What surrounds the composer.
enum Frame: String {
  /// A horizontal rule above and one below.
  case rules
  /// A filled band: the composer's rows have their own background.
  case band
  /// Blank rows.
  case none
}

/// What draws the cursor: the terminal, or the program with one inverse cell (the terminal's cursor is hidden then).
enum CursorKind: String { case real, own }

/// What happens to a message that is entered during a turn.
enum Busy: String {
  /// It is shown in a queue and taken when the turn ends.
  case queue
  /// Enter does nothing, the text stays in the composer.
  case refuse
  /// Input is neither read nor echoed until the turn ends.
  case deaf
}

/// What Enter does within the burst window.
enum Burst: String { case newline, swallow }

/// The kind of reader.
enum Style: String {
  /// A full-screen program with a composer.
  case composer
  /// Reads lines of a tty in canonical mode, echo on.
  case lines
  /// Reads one line at a time with echo off.
  case password
}

/// The behaviours chosen on the command line. Durations are in milliseconds; 0 or -1 means off.
struct Options {
  var record = ""
  var submissions = ""
  var style = Style.composer
  var prompt = ""

  var glyph = "❯"
  var gap = "\u{A0}"
  var placeholder = ""
  var status = "? for shortcuts"
  var title = "test-recipient"
  var busyTitle = "◐ test-recipient"
  var frame = Frame.rules
  var cursor = CursorKind.real
  var charWrap = false
  /// The upper rule says how many rows of a long draft are above it.
  var more = false
  var mainScreen = false
  var transcript = 0

  var noBracket = false
  var burst = 0
  var burstKind = Burst.newline
  var burstKeysOnly = false
  var echoDelay = 0
  var noEcho = false
  var noTrim = false
  var popup = false
  var modes = false
  var backslash = false
  var foldLines = 0
  var foldCharacters = 0
  var wrapLines = 0
  var wrapCharacters = 0

  var draft = ""
  var draftCursor = -1
  var loading = 0
  var dialogAfter = -1
  var dialogAfterInput = -1
  var dialogHides = false
  /// The first Enter only opens the dialog.
  var dialogOnEnter = false
  /// Reads nothing from its terminal, like a program that hangs.
  var hangs = false
  var dialogYesNo = false

  var turn = 0
  var busy = Busy.queue
  var busyAtStart = 0
  var spin = 0
  var mergeQueue = false
  var lose = 0
}

extension Options {
  /// A word of the command line that is not understood.
  struct Usage: Error { let word: String }

  init(arguments: [String]) throws(Usage) {
    var rest = arguments[...]
    while let word = rest.popFirst() {
      if let path = Options.switches[word] {
        self[keyPath: path] = true
        continue
      }
      guard let value = rest.popFirst(), take(word, value) else { throw Usage(word: word) }
    }
  }

  private mutating func take(_ word: String, _ value: String) -> Bool {
    if let path = Options.texts[word] {
      self[keyPath: path] = value
      return true
    }
    if let path = Options.numbers[word] {
      guard let number = Int(value), (-1...3_600_000).contains(number) else { return false }
      self[keyPath: path] = number
      return true
    }
    return choose(word, value)
  }

  private mutating func choose(_ word: String, _ value: String) -> Bool {
    switch word {
    case "--style": set(\.style, value)
    case "--frame": set(\.frame, value)
    case "--cursor": set(\.cursor, value)
    case "--busy": set(\.busy, value)
    case "--burst-kind": set(\.burstKind, value)
    default: false
    }
  }

  private mutating func set<Choice: RawRepresentable<String>>(
    _ path: WritableKeyPath<Options, Choice>, _ value: String
  ) -> Bool {
    guard let choice = Choice(rawValue: value) else { return false }
    self[keyPath: path] = choice
    return true
  }

  private static var switches: [String: WritableKeyPath<Options, Bool>] {
    [
      "--char-wrap": \.charWrap, "--more": \.more, "--main-screen": \.mainScreen,
      "--no-bracket": \.noBracket,
      "--burst-keys-only": \.burstKeysOnly, "--no-echo": \.noEcho, "--no-trim": \.noTrim,
      "--popup": \.popup, "--modes": \.modes, "--backslash": \.backslash,
      "--dialog-hides": \.dialogHides, "--dialog-on-enter": \.dialogOnEnter, "--hangs": \.hangs,
      "--dialog-yes-no": \.dialogYesNo, "--merge-queue": \.mergeQueue,
    ]
  }

  private static var texts: [String: WritableKeyPath<Options, String>] {
    [
      "--record": \.record, "--submissions": \.submissions, "--prompt": \.prompt,
      "--glyph": \.glyph, "--gap": \.gap, "--placeholder": \.placeholder, "--status": \.status,
      "--title": \.title, "--busy-title": \.busyTitle, "--draft": \.draft,
    ]
  }

  private static var numbers: [String: WritableKeyPath<Options, Int>] {
    [
      "--transcript": \.transcript, "--burst": \.burst, "--echo-delay": \.echoDelay,
      "--fold-lines": \.foldLines, "--fold-characters": \.foldCharacters,
      "--wrap-lines": \.wrapLines, "--wrap-characters": \.wrapCharacters,
      "--draft-cursor": \.draftCursor, "--loading": \.loading, "--dialog-after": \.dialogAfter,
      "--dialog-after-input": \.dialogAfterInput, "--turn": \.turn,
      "--busy-at-start": \.busyAtStart, "--lose": \.lose, "--spin": \.spin,
    ]
  }
}
