import Mesh
import Testing

@Suite("Screen: was it submitted?")
struct ScreenSubmissionTests {
  private static let id = "abcdefghijklmnopqrstuvwxyz"
  private static let text = "[from a-b @ 2026-11-22T07:31:39Z] [verified abcdefgh] tests green"
  private let typed = TypedText(id: id, end: text)

  private func verdict(_ before: Drawn, _ after: Drawn?, _ now: Drawn, _ typed: TypedText? = nil)
    -> Submission.Verdict
  {
    Submission.verdict(
      before: before.look(), afterPaste: after?.look(), now: now.look(), typed ?? self.typed)
  }

  private func permits(
    _ before: Drawn, _ now: Drawn, _ typed: TypedText, again: Bool = false
  ) -> Bool {
    let answer = Submission.beforeEnter(
      before: before.look(), now: now.look(), typed, again: again)
    if case .press = answer { return true }
    return false
  }

  /// The message is in the transcript, and the composer is empty.
  private func taken(_ change: (inout Drawn) -> Void = { _ in }) -> Drawn {
    var drawn = Drawn.ruled(width: 100)
    drawn.rows[4] = "❯ " + Self.text
    change(&drawn)
    return drawn
  }
  private var pasted: Drawn { .ruled(text: Self.text, width: 100) }
  private var empty: Drawn { .ruled(width: 100) }

  @Test("the composer held it and let go of it")
  func submitted() {
    #expect(verdict(empty, pasted, taken()) == .submitted)
    #expect(verdict(empty, pasted, empty) == .submitted)
    #expect(verdict(empty, nil, taken()) == .submitted)
  }

  @Test("it still stands there")
  func held() {
    #expect(verdict(empty, pasted, pasted) == .held)
    #expect(verdict(empty, nil, pasted) == .held)
  }

  @Test("not seen: undecided")
  func undecided() {
    #expect(verdict(empty, nil, empty) == .undecided)
    #expect(verdict(empty, empty, empty) == .undecided)
    #expect(verdict(empty, pasted, taken().with { $0.dead = true }) == .undecided)
    #expect(verdict(empty, pasted, taken().with { $0.panePID = 7 }) == .undecided)
    #expect(verdict(empty, pasted, Drawn.shell().with { $0.panePID = 100 }) == .undecided)
  }

  @Test("a dialog came: nothing is called submitted while it stands")
  func dialog() {
    func asking(_ drawn: Drawn) -> Drawn {
      var copy = drawn
      for row in 19..<24 { copy.rows[row] = "" }
      copy.rows[20] = " Do you want to proceed?"
      copy.rows[21] = " ❯ 1. Yes"
      copy.facts.cursorY = 21
      copy.facts.cursorX = 1
      return copy
    }
    #expect(verdict(empty, pasted, asking(taken())) == .undecided)
    #expect(verdict(empty, pasted, asking(empty)) == .undecided)
    let look = asking(empty).look()
    #expect(Submission.beforeEnter(before: empty.look(), now: look, typed) == .stop(.dialog))
  }

  @Test("a long text: its end before the cursor is enough, its tag may have scrolled away")
  func long() {
    let body = (0..<30).map { "line \($0) of the body" }
    let end = body.joined(separator: "\n")
    let typed = TypedText(id: Self.id, end: end)
    var drawn = Drawn(
      [Drawn.rule(80)] + body.suffix(20).map { "  " + $0 } + [Drawn.rule(80)], cursor: (20 + 2, 20))
    drawn.facts.foreground = [Executable(path: "/usr/bin/claude")]
    drawn.facts.cursorX = 2 + (body.last?.count ?? 0)
    #expect(permits(drawn, drawn, typed))
    #expect(verdict(.ruled(), drawn, .ruled(), typed) == .submitted)
    #expect(verdict(.ruled(), drawn, drawn, typed) == .held)
  }

  @Test("wrapped, indented and boxed, it is the same text")
  func wrapped() {
    var drawn = Drawn.plain(prompt: "│ > ", text: "[from a-b @ 2026-11-22T07:31:39Z]")
    drawn.rows[4] = "│   [verified abcdefgh] tests   │"
    drawn.rows[5] = "│   green"
    drawn.facts.cursorX = 9
    drawn.facts.cursorY = 5
    #expect(permits(.plain(), drawn, typed))
    #expect(verdict(.plain(), drawn, drawn) == .held)
    var taken = Drawn.plain()
    taken.rows[1] = "> [from a-b @ 2026-11-22T07:31:39Z] [verified abcdefgh] tests green"
    #expect(verdict(.plain(), drawn, taken) == .submitted)
  }

  /// Some programs lose a message when a turn starts: a text that has disappeared was not taken,
  /// unless there was no room to show it.
  @Test("a text that is gone and nowhere to be seen was not seen submitted")
  func lost() {
    let drawn = Drawn.plain(text: "[verified abcdefgh] tests green")
    #expect(verdict(.plain(), drawn, .plain()) == .undecided)
    let long = TypedText(id: Self.id, end: "tests green", isLong: true)
    #expect(verdict(.plain(), drawn, .plain(), long) == .submitted)
  }

  /// A terminal puts an emoji of several scalars into several cells or drops its joiners; a program
  /// may compose letters.
  @Test("emoji and marks at the end are the same text")
  func emoji() {
    let typed = TypedText(id: Self.id, end: "tests gre\u{301}en 👩‍👩‍👧 ")
    let drawn = Drawn.ruled(text: "[verified xyz] tests gr\u{E9}en 👩👩👧", width: 100).with {
      $0.cursorX = 40
    }
    #expect(permits(empty, drawn, typed))
    let other = Drawn.ruled(text: "[verified xyz] tests green 👩", width: 100).with {
      $0.cursorX = 40
    }
    #expect(Submission.beforeEnter(before: empty.look(), now: other.look(), typed) == .wait)
  }

  @Test("a reader's line moves up")
  func reader() {
    let before = Drawn.lines(program: "/bin/cat")
    let after = Drawn.lines([Self.text], program: "/bin/cat").with {
      $0.cursorY = 0
      $0.cursorX = Self.text.count
    }
    let now = Drawn.lines([Self.text, Self.text], program: "/bin/cat")
    #expect(verdict(before, after, now) == .submitted)
    #expect(verdict(before, after, after) == .held)
  }

  @Test("programs that do not echo: typed")
  func silent() {
    let silent = TypedText(id: Self.id, end: Self.text, echoes: false)
    #expect(verdict(empty, empty, empty, silent) == .typed)
    #expect(permits(empty, empty, silent))
  }

  @Test("before Enter: wait for the text, stop when something else reads")
  func beforeEnter() {
    #expect(Submission.beforeEnter(before: empty.look(), now: empty.look(), typed) == .wait)
    #expect(permits(empty, pasted, typed))
    let other = pasted.with { $0.foreground = [Executable(path: "/usr/bin/codex")] }
    #expect(
      Submission.beforeEnter(before: empty.look(), now: other.look(), typed)
        == .stop(.unknownScreen))
    let canonical = pasted.with { $0.terminal = .init(canonical: true, echo: true) }
    #expect(
      Submission.beforeEnter(before: empty.look(), now: canonical.look(), typed)
        == .stop(.unknownScreen))
  }

  /// The composer with a text in it, and the cursor `cursor` columns after the text's end.
  private func holding(_ text: String, cursor: Int = 0) -> Drawn {
    Drawn.ruled(text: text, width: 100).with { $0.cursorX += cursor }
  }

  @Test("a key of a person's behind our text, before it, or in its place: no Enter")
  func aPersonsKey() {
    let permitted = { permits(empty, $0, typed) || permits(empty, $0, typed, again: true) }
    #expect(permitted(holding(Self.text)))
    #expect(permitted(holding(Self.text + " ")))
    for mixed in [Self.text + "x", Self.text + " no", "wait " + Self.text, "x" + Self.text] {
      #expect(!permitted(holding(mixed)), "\(mixed)")
      #expect(
        Submission.beforeEnter(before: empty.look(), now: holding(mixed).look(), typed) == .person)
    }
    // Its last letter was removed, and the cursor moved into the text.
    #expect(!permitted(holding(String(Self.text.dropLast()))))
    #expect(!permitted(holding(Self.text, cursor: -1)))
    #expect(!permitted(holding(Self.text).with { $0.humanActive = true }))
    // With force after a draft, the draft is expected.
    let draft = holding("my own draft ")
    #expect(permits(draft, holding("my own draft " + Self.text), typed))
    #expect(!permits(draft, holding("my own draft " + Self.text + "x"), typed))
  }

  @Test("the second Enter needs a look that permits it, like the first")
  func theSecondEnter() {
    var asking = pasted
    asking.rows[15] = " Do you want to proceed?"
    asking.rows[16] = " ❯ 1. Yes"
    asking.rows[17] = " Esc to cancel"
    #expect(asking.look().reading.state == .dialog)
    #expect(!permits(empty, asking, typed, again: true))
    #expect(verdict(empty, pasted, asking) == .undecided)
    let password = pasted.with { $0.terminal = .init(canonical: true, echo: false) }
    #expect(!permits(empty, password, typed, again: true))
    #expect(verdict(empty, pasted, password) == .undecided)
    let other = pasted.with { $0.foreground = [Executable(path: "/usr/bin/vim")] }
    #expect(!permits(empty, other, typed, again: true))
    #expect(verdict(empty, pasted, other) == .undecided)
  }

  /// Some programs take an early Enter as a line break: the text is still there,
  /// with the cursor below it.
  @Test("a composer that grew a row has not submitted")
  func aLineEnd() {
    let before = Drawn.plain()
    let held = Drawn.plain(text: Self.text)
    var grown = held
    grown.facts.cursorY += 1
    grown.facts.cursorX = 2
    #expect(verdict(before, held, grown) == .held)
    #expect(permits(before, grown, typed, again: true))
    #expect(!permits(before, grown, typed))
    // Also in a known composer.
    var ruled = Drawn.ruled(text: Self.text, width: 100, extra: ["  "])
    ruled.facts.cursorY += 1
    ruled.facts.cursorX = 2
    #expect(verdict(empty, pasted, ruled) == .held)
    #expect(permits(empty, ruled, typed, again: true))
    // A prompt sign at the start of the new row proves nothing: a composer may repeat it.
    var repeated = grown
    repeated.rows[4] = "> "
    #expect(verdict(before, held, repeated) == .undecided)
    // What a program draws below a message that it has taken proves it.
    var answered = grown
    answered.rows[4] = "● Working"
    answered.rows[6] = "> "
    answered.facts.cursorY = 6
    #expect(verdict(before, held, answered) == .submitted)
    // A line editor that gave the terminal back has taken the line.
    let done = grown.with {
      $0.cursorX = 0
      $0.terminal = .init(canonical: true, echo: true)
    }
    #expect(verdict(before, held, done) == .submitted)
  }
}
