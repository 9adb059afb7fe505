internal import Mesh

/// Carries out each turn of `Typing` and returns a look after it. The caller holds the pane's lock.
struct Typist {
  let delivery: PaneDelivery
  let message: DeliveredMessage
  /// Recent messages in this pane; their text is not a dialog.
  let recent: RecentDeliveries
  /// Whether an agent is told how to answer.
  let hint: Bool
  /// Whether nothing is typed while the agent works.
  let leavesTurns: Bool

  /// - Parameter typing: called before the first byte is typed or shown; when it fails, nothing is typed.
  /// - Returns: the outcome, and what was typed.
  func run(_ typing: () throws(Stop) -> Void) throws(Stop) -> (Disposition, Typed) {
    let recipient = delivery.recipient
    var client = try start()
    let first: PaneLook
    do {
      first = try client.look(until: limit) { _ = delivery.profiles }
    } catch { throw Stop(error) }
    guard first.pid == recipient.pane.pid, first.server == recipient.place.server else {
      return (Disposition(.unknownAgent), Typed(text: message.typed().delivered))
    }
    let now = delivery.site.now
    let plain = message.typed()
    let forAgent = hint ? message.typed(hint: true) : nil
    let own = [plain, forAgent].compactMap { $0?.delivered }
    let follows = recent.hasFresh(at: now)
    var course = Typing(
      plain, forAgent: forAgent, from: sender(first), follows: follows,
      settling: follows && !recent.lastWasTaken)
    let end = try follow(&course, &client, first, own, typing)
    if end.dropsUnread { TerminalDevice.dropUnread(first.tty) }
    if first.hasLeftBuffers { _ = try? delivery.tmux.sweepBuffers() }
    let typed = Typed(
      text: course.message.delivered, toReader: course.isForReader,
      hint: hint && course.isForAgent)
    return (end.disposition, typed)
  }

  private func start() throws(Stop) -> TypingClient {
    let pane = delivery.recipient.pane
    let folder: Directory
    do { folder = try delivery.site.home.directory("state", "steps") } catch { throw Stop(error) }
    let options = AccessOption.typing(message.statement.options, pane)
    do { return try TypingClient(delivery.tmux, pane.id, options, folder: folder) } catch {
      throw Stop(error)
    }
  }

  private func follow(
    _ course: inout Typing, _ client: inout TypingClient, _ first: PaneLook,
    _ own: [DeliveredText], _ typing: () throws(Stop) -> Void
  ) throws(Stop) -> Typing.Ending {
    let began = ContinuousClock.now
    let reporter = SessionReporter(delivery.recipient.place, delivery.site.home)
    let read = { (look: PaneLook) in
      Look(
        look, options: first.options, report: reporter.report(), profiles: delivery.profiles,
        delivered: recent.texts + own)
    }
    var (look, event) = (first, Typing.Event.looked)
    // From here on an interrupted process leaves `unknown`.
    var (hasBegun, mayHaveTyped) = (false, false)
    while true {
      let turn = course.next(event, read(look), at: .now - began)
      if case .end(let ending) = turn { return ending }
      if turn.types, !hasBegun {
        try typing()
        hasBegun = true
      }
      mayHaveTyped = mayHaveTyped || turn.types
      do throws(Tmux.Failure) {
        let answer = try carryOut(turn, look, &client)
        if answer.event == .moved { mayHaveTyped = false }
        event = answer.event
        look = if let next = answer.look { next } else { try client.look(until: limit) }
      } catch {
        guard mayHaveTyped else { throw Stop(error) }
        return course.interrupted
      }
    }
  }

  private func carryOut(
    _ turn: Typing.Turn, _ look: PaneLook, _ client: inout TypingClient
  ) throws(Tmux.Failure) -> (event: Typing.Event, look: PaneLook?) {
    switch turn {
    case .paste(let paste): return try client.paste(paste, since: look, until: limit)
    case .enter(let permit): return try client.enter(permit, since: look, until: limit)
    case .show(let text):
      let isShown: Void? = try? Tmux.show(text, onTerminal: look.tty)
      return (isShown == nil ? .blocked : .shown, nil)
    case .look(let pause):
      Waiting.pause(pause)
      return (.looked, nil)
    case .end: return (.looked, nil)
    }
  }

  private var limit: ContinuousClock.Instant { .now + Tmux.deadline }

  /// What else the sender may do in this pane, being admitted.
  private func sender(_ look: PaneLook) -> Mesh.Sender {
    let levels = AllowLevels(look.options[AccessOption.force], delivery.recipient.pane)
    let ruling = Access.judge(message.decision.sender, levels: levels, hosts: delivery.hosts)
    let options = message.statement.options
    var sender = Mesh.Sender(
      message.decision.standing, namedByPane: message.decision.namedByPane)
    if case .admitted = ruling { sender.force = options.force }
    sender.leavesTurns = leavesTurns
    sender.expectsAgent = recent.knowsAgent || options.queue || options.wait != nil
    return sender
  }
}

extension Tmux {
  /// Prints text on a pane's terminal, like write(1): it is visible and scrolls away, and no program reads it.
  /// - Parameter text: safe text; anything but printable characters and line feeds is still replaced here.
  /// - Parameter tty: the pane's terminal according to tmux; it must belong to us.
  package static func show(_ text: String, onTerminal tty: String) throws(TerminalError) {
    let safe = text.unicodeScalars.map { scalar -> String in
      if scalar == "\n" { return "\r\n" }
      return scalar.properties.generalCategory == .control ? "\u{FFFD}" : String(scalar)
    }.joined()
    let end = safe.hasSuffix("\n") ? "" : "\r\n"
    try TerminalDevice.write(Array("\r\n\(safe)\(end)".utf8), to: tty)
  }
}
