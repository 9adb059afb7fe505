import Mesh
import Testing

/// Looks are played to a delivery, and what it wants done is compared: no tmux, no clock, no process.
@Suite("Typing: turn by turn")
struct TypingTurnTests {
  private static let text = "[from a-b @ 2026-11-22T07:31:39Z] [verified abcdefgh] tests green"
  private static let message = Typing.Message(
    id: "abcdefghijklmnopqrstuvwxyz", text: text, spaced: text)

  private var empty: Drawn { .ruled(width: 100) }
  private var pasted: Drawn { .ruled(text: Self.text, width: 100) }
  private var taken: Drawn {
    var drawn = empty
    drawn.rows[4] = "❯ " + Self.text
    return drawn
  }
  private var asking: Drawn {
    var drawn = pasted
    drawn.rows[15] = " Do you want to proceed?"
    drawn.rows[16] = " ❯ 1. Yes"
    drawn.rows[17] = " Esc to cancel"
    return drawn
  }

  /// A delivery, and the time by which it goes.
  private struct Play {
    var course: Typing
    var now = Duration.zero

    init(follows: Bool = false, settling: Bool = false, force: Bool = false) {
      course = Typing(
        TypingTurnTests.message, from: Sender(.own, force: force), follows: follows,
        settling: settling)
    }

    /// The turn after so many milliseconds.
    mutating func then(_ event: Typing.Event, _ drawn: Drawn, after time: Int = 1) -> String {
      now += .milliseconds(time)
      return switch course.next(event, drawn.look(), at: now) {
      case .look: "look"
      case .paste: "paste"
      case .enter: "enter"
      case .show: "show"
      case .end(let ending):
        "\(ending.disposition.outcome.rawValue) \(ending.disposition.reason.rawValue)"
          + (ending.dropsUnread ? ", unread dropped" : "")
      }
    }
  }

  /// Up to the first Enter.
  private func entered() -> Play {
    var play = Play()
    #expect(play.then(.looked, empty) == "paste")
    #expect(play.then(.pasted, pasted, after: 1000) == "look")
    #expect(play.then(.looked, pasted, after: 1000) == "enter")
    return play
  }

  @Test("look, paste, look, Enter, look")
  func plain() {
    var play = Play()
    #expect(play.then(.looked, empty) == "paste")
    #expect(play.then(.pasted, empty) == "look")
    #expect(play.then(.looked, empty, after: 100) == "look")
    #expect(play.then(.looked, pasted, after: 1000) == "enter")
    #expect(play.then(.entered, pasted) == "look")
    #expect(play.then(.looked, taken) == "submitted -")
  }

  @Test("what the pane is not ready for ends it at once")
  func refused() {
    var play = Play()
    #expect(play.then(.looked, .ruled(text: "half", width: 100)) == "not-ready draft")
    play = Play()
    #expect(play.then(.looked, empty.with { $0.dead = true }) == "failed dead-pane")
    play = Play()
    #expect(play.then(.looked, .shell()) == "show")
  }

  @Test("a pane that moves between look and paste is looked at again, four times in all")
  func moved() {
    var play = Play()
    for _ in 0..<4 { #expect(play.then(.looked, empty) == "paste") }
    play = Play()
    #expect(play.then(.looked, empty) == "paste")
    for _ in 0..<3 { #expect(play.then(.moved, empty) == "paste") }
    #expect(play.then(.moved, empty) == "not-ready human-typing")
  }

  @Test("an Enter that was held back is tried again")
  func held() {
    var play = entered()
    #expect(play.then(.held, pasted) == "enter")
    #expect(play.then(.entered, taken) == "submitted -")
  }

  @Test("one more Enter, if the text still stands there alone, and no third")
  func again() {
    var play = entered()
    #expect(play.then(.entered, pasted) == "look")
    #expect(play.then(.looked, pasted, after: 900) == "enter")
    #expect(play.then(.entered, pasted) == "look")
    #expect(play.then(.looked, pasted, after: 900) == "look")
    #expect(play.then(.looked, pasted, after: 2000) == "unknown -")
  }

  @Test("a dialog gets no Enter, neither before the first nor after it")
  func dialog() {
    var play = Play()
    #expect(play.then(.looked, empty) == "paste")
    #expect(play.then(.pasted, asking) == "look")
    #expect(play.then(.looked, asking, after: 200) == "unknown dialog")
    play = entered()
    #expect(play.then(.entered, asking) == "look")
    #expect(play.then(.looked, asking, after: 900) == "look")
    #expect(play.then(.looked, asking, after: 2000) == "unknown dialog")
    // It went, and the message is there.
    play = entered()
    #expect(play.then(.entered, asking) == "look")
    #expect(play.then(.looked, taken, after: 900) == "submitted -")
    play = entered()
    let password = pasted.with { $0.terminal = .init(canonical: true, echo: false) }
    #expect(play.then(.entered, password, after: 900) == "look")
    #expect(play.then(.looked, password, after: 2100) == "unknown password")
  }

  @Test("a person behind our text: no Enter, until it stands there alone again")
  func person() {
    let mixed = Drawn.ruled(text: Self.text + "x", width: 100)
    var play = Play()
    #expect(play.then(.looked, empty) == "paste")
    #expect(play.then(.pasted, mixed, after: 500) == "look")
    #expect(play.then(.looked, mixed, after: 2100) == "unknown human-typing")
    play = Play()
    #expect(play.then(.looked, empty) == "paste")
    #expect(play.then(.pasted, mixed, after: 500) == "look")
    #expect(play.then(.looked, pasted, after: 500) == "enter")
    // Somebody at the keyboard is waited for.
    let active = pasted.with { $0.humanActive = true }
    play = Play()
    #expect(play.then(.looked, empty) == "paste")
    #expect(play.then(.pasted, active, after: 1000) == "look")
    #expect(play.then(.looked, active, after: 2000) == "look")
    #expect(play.then(.looked, pasted, after: 500) == "enter")
  }

  @Test("what nobody read is dropped, and what another program may read")
  func dropped() {
    var play = Play()
    #expect(play.then(.looked, empty) == "paste")
    #expect(play.then(.pasted, empty, after: 100) == "look")
    #expect(play.then(.looked, empty, after: 4000) == "look")
    #expect(play.then(.looked, empty, after: 3000) == "unknown -, unread dropped")
    play = Play()
    #expect(play.then(.looked, empty) == "paste")
    #expect(
      play.then(.pasted, Drawn.shell().with { $0.panePID = 100 })
        == "unknown unknown-screen, unread dropped")
  }

  @Test("right behind another message: two looks have to agree")
  func settling() {
    var play = Play(settling: true)
    #expect(play.then(.looked, empty) == "look")
    #expect(play.then(.looked, .ruled(text: "x", width: 100), after: 120) == "look")
    #expect(play.then(.looked, empty, after: 120) == "look")
    #expect(play.then(.looked, empty, after: 60) == "look")
    #expect(play.then(.looked, empty, after: 60) == "paste")
    // A reader gets its lines from the kernel.
    play = Play(settling: true)
    #expect(play.then(.looked, .lines(program: "/bin/cat")) == "paste")
    // It never comes to rest.
    play = Play(settling: true)
    var last = ""
    for number in 0..<40 {
      last = play.then(.looked, .ruled(text: number % 2 == 0 ? "x" : "", width: 100), after: 120)
      if last != "look" { break }
    }
    #expect(last == "not-ready busy")
  }

  @Test("right behind another message: a refusal has to be seen for a moment")
  func refusedWhileItDraws() {
    let half = Drawn.ruled(text: "half", width: 100)
    var play = Play(follows: true)
    #expect(play.then(.looked, half) == "look")
    #expect(play.then(.looked, half, after: 100) == "look")
    #expect(play.then(.looked, empty, after: 20) == "paste")
    play = Play(follows: true)
    #expect(play.then(.looked, half) == "look")
    #expect(play.then(.looked, half, after: 150) == "not-ready draft")
    // What is no matter of drawing ends it at once.
    play = Play(follows: true)
    #expect(play.then(.looked, empty.with { $0.inputOff = true }) == "not-ready input-off")
  }

  @Test("what was shown counts while it is to be seen")
  func shown() {
    var seen = Drawn.shell()
    seen.rows[2] = Self.text
    var play = Play()
    #expect(play.then(.looked, .shell()) == "show")
    #expect(play.then(.shown, seen) == "look")
    #expect(play.then(.looked, seen, after: 200) == "shown -")
    play = Play()
    #expect(play.then(.looked, .shell()) == "show")
    #expect(play.then(.shown, .shell()) == "look")
    #expect(play.then(.looked, .shell(), after: 200) == "not-ready shell")
  }
}
