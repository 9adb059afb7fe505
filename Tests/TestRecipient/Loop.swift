internal import CLibrary

/// Milliseconds after which a lone ESC counts as the Escape key.
private let escapeWait = 25

/// Connects terminal and clock with `Recipient`. SIGUSR1 opens the dialog; SIGUSR2 closes it, and ends
/// loading, the turn and the wait before an echo.
struct Loop {
  private let terminal: Terminal
  private let record: Record
  private let signals: Int32
  private var recipient: Recipient
  private var keys = KeyReader()
  private var size: Size

  init(_ options: Options, _ terminal: Terminal) {
    self.terminal = terminal
    record = Record(options)
    signals = Signals.watch([SIGWINCH, SIGUSR1, SIGUSR2, SIGTERM, SIGHUP])
    recipient = Recipient(options, now: clockNow())
    size = terminal.size
  }

  mutating func run() {
    let options = recipient.options
    terminal.raw()
    show((options.mainScreen ? "" : "\u{1B}[?1049h") + (options.noBracket ? "" : "\u{1B}[?2004h"))
    draw()
    record.happened(Event(kind: .ready, text: ""))
    while step() {}
    show(
      "\u{1B}[?2004l\u{1B}[?25h" + (options.mainScreen ? "\u{1B}[H\u{1B}[2J" : "\u{1B}[?1049l"))
    terminal.restore()
  }

  /// - Returns: whether to go on.
  private mutating func step() -> Bool {
    var polls = [
      pollfd(fd: recipient.options.hangs ? -1 : 0, events: Int16(POLLIN), revents: 0),
      pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
    ]
    let count = unsafe poll(&polls, 2, wait)
    var goOn = true
    if count > 0, polls[1].revents != 0 { goOn = handleSignals() }
    if count > 0, polls[0].revents != 0, goOn { goOn = readInput() }
    if count == 0 { recipient.take(keys.flushEscape(), now: clockNow()) }
    recipient.tick(now: clockNow())
    for event in recipient.events { record.happened(event) }
    recipient.events = []
    if !moreInputWaits { draw() }
    return goOn
  }

  private var wait: Int32 {
    let escape = keys.isWaitingForEscape ? escapeWait : nil
    let due = recipient.due.map { max($0 - clockNow(), 0) }
    return Int32(clamping: [escape, due].compactMap(\.self).min() ?? -1)
  }

  private var moreInputWaits: Bool {
    var polls = [pollfd(fd: 0, events: Int16(POLLIN), revents: 0)]
    return unsafe poll(&polls, 1, 0) > 0
  }

  private mutating func readInput() -> Bool {
    guard let bytes = readSome() else { return false }
    record.read(bytes)
    let new = keys.feed(bytes)
    if new.contains(.control(0x04)), recipient.composer.isEmpty { return false }
    recipient.take(new, now: clockNow())
    return true
  }

  private mutating func handleSignals() -> Bool {
    for number in Signals.taken(from: signals) {
      switch number {
      case SIGWINCH: size = terminal.size
      case SIGUSR1: recipient.raiseDialog()
      case SIGUSR2: recipient.goOn(now: clockNow())
      default: return false
      }
    }
    return true
  }

  private func draw() { show(Drawing(recipient, size).text) }
  private func show(_ text: String) { writeAll(Array(text.utf8), to: 1) }
}

/// Reads lines in canonical mode and records exactly what the kernel returns.
func readLines(_ options: Options, _ terminal: Terminal) {
  let record = Record(options)
  terminal.lines(echo: options.style == .lines)
  record.happened(Event(kind: .ready, text: ""))
  while true {
    writeAll(Array(options.prompt.utf8), to: 1)
    guard let bytes = readSome() else { break }
    record.read(bytes)
    let line = bytes.last == 0x0A ? bytes.dropLast() : bytes[...]
    record.happened(Event(kind: .line, text: String(decoding: line, as: UTF8.self)))
    if options.style == .password { writeAll(Array("\r\n".utf8), to: 1) }
  }
  terminal.restore()
}

/// The pipe's end that handlers write to; a handler may touch nothing else.
nonisolated(unsafe) private var wakeWriter: Int32 = -1

/// Delivers signals as bytes (their numbers) on a descriptor that `poll` can watch.
enum Signals {
  /// - Returns: the descriptor to watch.
  static func watch(_ numbers: [Int32]) -> Int32 {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else { return -1 }
    for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
    unsafe wakeWriter = ends[1]
    for number in numbers {
      signal(number) { number in
        var byte = UInt8(truncatingIfNeeded: number)
        _ = unsafe write(unsafe wakeWriter, &byte, 1)
      }
    }
    return ends[0]
  }

  /// The signals since the last call.
  static func taken(from descriptor: Int32) -> [Int32] {
    var numbers: [Int32] = []
    var byte: UInt8 = 0
    while unsafe read(descriptor, &byte, 1) == 1 { numbers.append(Int32(byte)) }
    return numbers
  }
}
