internal import Mesh

/// One delivery into one pane: the pure reading of each look decides, tmux types.
struct Typist {
  private let delivery: PaneDelivery
  private let message: DeliveredMessage
  /// Ids of messages in this pane, whose text is no dialog.
  private let delivered: [DeliveredText]
  private var before: Look?
  private var afterPaste: Look?
  /// When the text was first seen to have left the composer.
  private var gone: ContinuousClock.Instant?
  private var plan = TypingPlan()
  private var typed: TypedText?
  private var result = Disposition(.notReady, .unknownScreen)
  private var trouble: Stop?
  /// The pane changed between look and paste: nothing was typed, and another look may help.
  private(set) var moved = false
  /// Right behind another message, in a program that might lose this one: nothing was typed yet.
  private(set) var wantsSteadiness = false
  /// A person types, or typed behind our text.
  private var isDisturbed = false
  private var tty = ""
  private let mustBeSteady: Bool

  init(
    _ delivery: PaneDelivery, _ message: DeliveredMessage, delivered: [DeliveredText],
    mustBeSteady: Bool
  ) {
    self.mustBeSteady = mustBeSteady
    self.delivery = delivery
    self.message = message
    self.delivered = delivered + [message.delivered]
  }

  mutating func run(_ typing: () throws(Stop) -> Void) throws(Stop) -> Disposition {
    let pane = delivery.recipient.pane
    let query = AccessOption.typing(message.statement.options, pane)
    let end: TypingEnd<Disposition>
    do throws(Tmux.Failure) {
      var me = self
      end = try delivery.tmux.deliver(
        to: pane.id, options: query,
        meanwhile: { _ = delivery.profiles },
        decide: { look in me.decide(look, typing) },
        judge: { progress in me.judge(progress) })
      self = me
    } catch { throw Stop(error) }
    if let trouble { throw trouble }
    switch end {
    case .declined: return result
    case .moved:
      moved = true
      return Disposition(.notReady, .humanTyping)
    case .judged(let disposition): return disposition
    case .undecided(let pasted, let enters):
      if enters == 0, isDisturbed { return Disposition(.unknown, .humanTyping) }
      if enters == 0, afterPaste == nil, plan.echoes { flush() }
      // A program that shows nothing can only have been typed into.
      return pasted && !plan.echoes ? Disposition(.typed) : Disposition(.unknown)
    }
  }

  // MARK: - Look, decide

  private mutating func decide(
    _ look: PaneLook, _ typing: () throws(Stop) -> Void
  ) -> TypingScript? {
    guard look.pid == delivery.recipient.pane.pid, look.server == delivery.recipient.place.server
    else {
      result = Disposition(.unknownAgent)
      return nil
    }
    let seen = read(look)
    before = seen
    tty = look.tty
    // Programs that read lines take them from the kernel, which loses none.
    if mustBeSteady, seen.reading.kind != .reader, seen.reading.state != .shellPrompt {
      wantsSteadiness = true
      return nil
    }
    let rights = SenderRights(look, message.decision, delivery)
    switch Treatment(seen.reading, seen.facts, rights.sender(message.statement)) {
    case .refuse(let refusal): result = Disposition(refusal)
    case .show: show(look, typing)
    case .type(let plan):
      self.plan = plan
      return script(typing)
    }
    return nil
  }

  private mutating func script(_ typing: () throws(Stop) -> Void) -> TypingScript? {
    let pieces: [String]
    do {
      // Where it is not known that the program brackets, TAB would complete words.
      let keepingTabs = plan.bracketed && plan.multiline
      pieces = try plan.pieces(of: message.text(keepingTabs: keepingTabs))
    } catch {
      result = Disposition(error)
      return nil
    }
    let id = message.statement.id
    typed = TypedText(
      id: id.text, end: pieces.joined(), echoes: plan.echoes,
      isLong: isLong(pieces))
    let script = TypingScript(
      id: id.text, pieces: pieces.map { Array($0.utf8) }, bracketed: plan.bracketed,
      submission: submission(id), patience: patience(pieces))
    guard let script else { return nil }
    return begin(typing) ? script : nil
  }

  /// Where the kernel collects a line, no dialog can come in between, and tmux itself may look and press Enter in the
  /// same client. Elsewhere it could see the id, but not a dialog that came over it meanwhile: our eyes decide.
  private func submission(_ id: MessageID) -> TypingScript.Submission {
    guard plan.lineLimit != nil, before?.reading.kind == .reader,
      let seen = EnterGuard(visible: id.short)
    else { return .onVerdict }
    return .whenSeen(seen, delay: .milliseconds(plan.enterDelay))
  }

  /// Two seconds, and more for what is longer to draw: programs that lay a text out anew for every line take seconds for
  /// 10 KB on a busy machine.
  private func patience(_ pieces: [String]) -> Duration {
    let bytes = pieces.reduce(0) { $0 + $1.utf8.count }
    return .seconds(2) + min(.seconds(4), .milliseconds(bytes / 4))
  }

  /// Whether the text may be out of sight as soon as it is taken.
  private func isLong(_ pieces: [String]) -> Bool {
    guard let facts = before?.facts else { return true }
    let lines = pieces.reduce(1) { $0 + $1.utf8.count { $0 == 10 } }
    let bytes = pieces.reduce(0) { $0 + $1.utf8.count }
    return lines > facts.height / 3 || bytes > facts.width * facts.height / 3
  }

  /// From here on an interrupted process leaves `unknown`.
  private mutating func begin(_ typing: () throws(Stop) -> Void) -> Bool {
    do { try typing() } catch {
      trouble = error
      return false
    }
    return true
  }

  private mutating func show(_ look: PaneLook, _ typing: () throws(Stop) -> Void) {
    guard begin(typing) else { return }
    do {
      try Tmux.show(message.text(keepingTabs: false), onTerminal: look.tty)
      result = Disposition(.shown)
    } catch {
      result = Disposition(.failed, .tmux)
    }
  }

  // MARK: - Look, Enter, look

  private mutating func judge(_ progress: TypingProgress) -> TypingVerdict<Disposition> {
    guard let before, let typed else { return .done(Disposition(.unknown)) }
    let now = read(progress.look)
    if progress.enters == 0 { return beforeEnter(progress, before, now, typed) }
    let verdict = Submission.verdict(before: before, afterPaste: afterPaste, now: now, typed)
    if verdict != .submitted { gone = nil }
    switch verdict {
    case .submitted: return isSure(now) ? .done(Disposition(.submitted)) : .lookOn
    case .typed: return .done(Disposition(.typed))
    case .held:
      guard progress.enters < 2, progress.elapsed >= .milliseconds(plan.settle),
        case .press(let permit) = Submission.beforeEnter(
          before: before, now: now, typed, again: true)
      else { return .lookOn }
      return .pressEnter(permit)
    case .undecided: return .lookOn
    }
  }

  /// A program may be half way through drawing: where its composer is not to be seen, two looks have to agree.
  private mutating func isSure(_ now: Look) -> Bool {
    if [.ready, .busyAccepting].contains(now.reading.beneathHuman) { return true }
    guard let since = gone else {
      gone = .now
      return false
    }
    return ContinuousClock.now - since >= .milliseconds(50)
  }

  private mutating func beforeEnter(
    _ progress: TypingProgress, _ before: Look, _ now: Look, _ typed: TypedText
  ) -> TypingVerdict<Disposition> {
    switch Submission.beforeEnter(before: before, now: now, typed) {
    case .wait:
      isDisturbed = false
      return .lookOn
    case .person:
      isDisturbed = true
      return .lookOn
    case .stop(let refusal):
      if refusal == .unknownScreen { flush() }
      return .done(Disposition(.unknown, Reason(refusal)))
    case .press(let permit):
      isDisturbed = false
      guard progress.elapsed >= .milliseconds(plan.enterDelay) else { return .lookOn }
      afterPaste = now
      return .pressEnter(permit)
    }
  }

  /// What was pasted and not read must not reach what reads next.
  private func flush() { TerminalDevice.dropUnread(tty) }

  private func read(_ look: PaneLook) -> Look {
    let facts = PaneFacts(look)
    let screen = Screen(capture: look.capture, width: look.columns, height: look.rows)
    return Look(
      facts, screen, profiles: delivery.profiles, delivered: delivered)
  }
}
