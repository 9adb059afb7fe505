/// Keys in the composer.
extension Recipient {
  mutating func edit(_ key: Key) {
    note = ""
    let inBurst = options.burst > 0 && lastInput.map { now - $0 < options.burst } ?? false
    switch key {
    case .enter:
      enter(inBurst)
      return
    case .text(let text):
      composer.insert(enterMode(text))
      lastInput = now
    case .lineFeed:
      composer.insert("\n")
      lastInput = now
    case .paste(let text):
      pastes += 1
      composer.insert(pasteRule.cells(for: text, number: pastes))
      lastInput = options.burstKeysOnly ? nil : now
    default: move(key)
    }
  }

  /// `!` or `/` typed into an empty composer replaces the glyph.
  private mutating func enterMode(_ text: String) -> String {
    guard options.modes, composer.isEmpty, mode == nil, let first = text.first, "!/".contains(first)
    else { return text }
    mode = String(first)
    return String(text.dropFirst())
  }

  private mutating func move(_ key: Key) {
    switch key {
    case .backspace where composer.isEmpty: mode = nil
    case .backspace: composer.backspace()
    case .left: composer.move(to: composer.cursor - 1)
    case .right: composer.move(to: composer.cursor + 1)
    case .home, .control(0x01): composer.move(to: 0)
    case .end, .control(0x05): composer.move(to: composer.cells.count)
    case .control(0x03), .control(0x15): composer.clear()
    case .escape where isBusy: endTurn()
    default: break
    }
  }

  private var pasteRule: PasteRule {
    PasteRule(
      foldLines: options.foldLines, foldCharacters: options.foldCharacters,
      wrapLines: options.wrapLines, wrapCharacters: options.wrapCharacters)
  }

  private mutating func enter(_ inBurst: Bool) {
    if options.dialogOnEnter, !enterSeen {
      enterSeen = true
      raiseDialog()
    } else if inBurst {
      if options.burstKind == .newline { composer.insert("\n") }
      lastInput = now
    } else if popupIsOpen {
      composer.complete()
      say(.completed, composer.sent)
    } else if options.backslash, composer.cells.last?.sent == "\\" {
      composer.move(to: composer.cells.count)
      composer.backspace()
      composer.insert("\n")
    } else {
      submit()
    }
  }

  private mutating func submit() {
    let text = (mode ?? "") + (options.noTrim ? composer.sent : composer.sent.trimmedAtEnd)
    guard !text.isEmpty else { return }
    if isBusy, options.busy == .refuse {
      note = "busy"
      say(.refused, text)
      return
    }
    composer.clear()
    mode = nil
    if let changed = turnChanged, now - changed < options.lose {
      say(.lost, text)
    } else if isBusy {
      queue.append(text)
      say(.queued, text)
    } else {
      beginTurn(text)
    }
  }

  private mutating func beginTurn(_ text: String) {
    say(.submitted, text)
    conversation.append((options.glyph, text))
    turnChanged = now
    if options.turn > 0 { turnEnds = now + options.turn } else { reply() }
  }

  mutating func endTurn() {
    turnEnds = nil
    turnChanged = now
    reply()
    // One message per turn; turns without duration end at once.
    while !queue.isEmpty, !isBusy {
      let taken = options.mergeQueue ? queue.count : 1
      let text = queue.prefix(taken).joined(separator: "\n")
      queue.removeFirst(taken)
      beginTurn(text)
    }
  }

  private mutating func reply() { conversation.append(("●", "OK.")) }
}

extension String {
  /// The text without trailing blanks and line ends.
  var trimmedAtEnd: String {
    var text = self[...]
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return String(text)
  }
}
