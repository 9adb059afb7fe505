/// One line of the events file.
struct Event: Equatable {
  enum Kind: String {
    /// The screen was drawn for the first time.
    case ready
    /// The text became a user message.
    case submitted
    /// The text was entered during a turn and is shown in the queue; `submitted` follows when it is taken.
    case queued
    /// The text was entered and lost.
    case lost
    /// Enter was pressed during a turn and did nothing.
    case refused
    /// A dialog opened; input other than an answer went into it; it was answered (by number, or `cancel`).
    case dialog, intoDialog = "into-dialog", answer
    /// Enter accepted a completion instead of submitting.
    case completed
    /// A line was read in canonical mode.
    case line
  }
  var kind: Kind
  var text: String
}

/// Only the behaviour: keys and time in, events out, no terminal.
struct Recipient {
  let options: Options
  var composer = Composer()
  /// The composer as shown on screen: older than `composer` while the echo is slow.
  var echoed = Composer()
  var conversation: [(mark: String, text: String)] = []
  var queue: [String] = []
  var dialog: Dialog?
  var events: [Event] = []
  var note = ""
  /// The mode sign shown in place of the glyph when the text is a command: `!` or `/`.
  var mode: String?
  /// Counts the frames of the spinner.
  var frame = 0

  var now: Int = 0
  var turnEnds: Int?
  var turnChanged: Int?
  var dialogDue: Int?
  var echoDue: Int?
  var loadingEnds: Int?
  var spinDue: Int?
  var lastInput: Int?
  var pastes = 0
  var inputSeen = false
  var enterSeen = false

  init(_ options: Options, now: Int) {
    self.options = options
    self.now = now
    composer.insert(options.draft)
    if options.draftCursor >= 0 { composer.move(to: options.draftCursor) }
    echoed = composer
    for number in 0..<max(options.transcript, 0) {
      conversation.append(("●", "line \(number + 1) of an earlier conversation"))
    }
    if options.dialogAfter >= 0 { dialogDue = now + options.dialogAfter }
    if options.busyAtStart > 0 { turnEnds = now + options.busyAtStart }
    if options.spin > 0 { spinDue = now }
    if options.loading > 0 { loadingEnds = now + options.loading }
  }

  var isBusy: Bool { turnEnds != nil }
  var isLoading: Bool { loadingEnds != nil }
  var popupIsOpen: Bool { options.popup && composer.completionStart != nil }

  /// When `tick` next has something to do.
  var due: Int? { [turnEnds, dialogDue, echoDue, loadingEnds, spinDue].compactMap(\.self).min() }

  mutating func tick(now: Int) {
    self.now = now
    if let at = loadingEnds, at <= now { loadingEnds = nil }
    if let at = turnEnds, at <= now { endTurn() }
    if let at = dialogDue, at <= now { raiseDialog() }
    spin()
    if let at = echoDue, at <= now {
      echoDue = nil
      echoed = composer
    }
  }

  private mutating func spin() {
    guard options.spin > 0, isBusy else {
      spinDue = nil
      return
    }
    if let at = spinDue, at > now { return }
    frame += 1
    spinDue = now + options.spin
  }

  mutating func take(_ keys: [Key], now: Int) {
    self.now = now
    for key in keys {
      if options.dialogAfterInput >= 0, !inputSeen { dialogDue = now + options.dialogAfterInput }
      inputSeen = true
      if isLoading || (isBusy && options.busy == .deaf) { continue }
      if dialog != nil { answer(key) } else { edit(key) }
    }
    if options.echoDelay == 0 {
      echoed = composer
    } else {
      echoDue = echoDue ?? now + options.echoDelay
    }
  }

  /// Ends every wait now: the dialog closes; loading, the turn or a slow echo ends.
  mutating func goOn(now: Int) {
    close("dismissed")
    for path in [\Recipient.loadingEnds, \.turnEnds, \.echoDue] where self[keyPath: path] != nil {
      self[keyPath: path] = now
    }
  }

  mutating func raiseDialog() {
    dialogDue = nil
    guard dialog == nil else { return }
    dialog = Dialog(yesNo: options.dialogYesNo)
    say(.dialog, "")
  }

  mutating func say(_ kind: Event.Kind, _ text: String) {
    events.append(Event(kind: kind, text: text))
  }
}
