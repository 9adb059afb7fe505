import Mesh
import TestSupport
import Testing

/// A behaviour of the recipient, and what has to come of a message sent to it.
struct DeliveryCase: Sendable, CustomTestStringConvertible {
  var name: String
  var flags: [String] = []
  /// Further lines of its profile.
  var profile: [String] = []
  var body = "tests green; pushing to main"
  /// What the sender is told.
  var outcome = "submitted"
  /// How what it reads begins and ends: brackets, unless the program asked for none.
  var brackets = true
  var drawn = "? for shortcuts"
  var columns = 120
  /// The exact Enters that it may have seen: one, or two where a burst window ate one.
  var enters = 1...1

  var testDescription: String { name }

  static let lines = (1...40).map { "line \($0): the quick brown fox" }.joined(separator: "\n")
  static let long = String(repeating: "lorem ipsum dolor sit amet ", count: 300)

  /// Lines that look like the answers of a menu.
  static func answers(_ count: Int) -> String {
    (1...count).map { "❯ \($0). Yes, and the quick brown fox jumps over it\n  \($0 + 1). No" }
      .joined(separator: "\n")
  }

  static let all: [DeliveryCase] = [
    DeliveryCase(name: "plain"),
    DeliveryCase(name: "several lines", body: "one\ntwo\n\nthree"),
    DeliveryCase(
      name: "no brackets", flags: ["--no-bracket"], profile: ["brackets = false"], brackets: false),
    DeliveryCase(name: "burst window 50", flags: ["--burst", "50"], enters: 1...2),
    // Nobody knows it: its composer grows a row by the first Enter, unless a busy machine lets that come after the window.
    DeliveryCase(
      name: "burst window 300, no brackets, an unknown program",
      flags: ["--no-bracket", "--burst", "300", "--frame", "none"], profile: ["unknown"],
      brackets: false, enters: 1...2),
    DeliveryCase(
      name: "burst window 120, Enter swallowed",
      flags: ["--burst", "120", "--burst-kind", "swallow"], enters: 1...2),
    DeliveryCase(
      name: "burst window 500", flags: ["--burst", "500", "--burst-kind", "swallow"],
      profile: ["enter_delay = 600"], enters: 1...2),
    DeliveryCase(name: "a cursor of its own", flags: ["--cursor", "own"]),
    DeliveryCase(name: "a placeholder", flags: ["--placeholder", "Ask anything"]),
    DeliveryCase(
      name: "own cursor on a placeholder",
      flags: ["--cursor", "own", "--placeholder", "Ask anything"]),
    DeliveryCase(name: "a completion popup", flags: ["--popup"], body: "look at @REA"),
    DeliveryCase(name: "a backslash at the end", flags: ["--backslash"], body: "escape \\"),
    DeliveryCase(name: "forty lines", body: lines),
    // On a busy machine its composer may still hold it when the second Enter is due, which then finds it empty.
    DeliveryCase(name: "8 KB in one line", body: long.trimmed, enters: 1...2),
    DeliveryCase(
      name: "folded pastes", flags: ["--fold-lines", "3"], profile: [#"fold = "[Pasted text #*]""#],
      body: lines),
    DeliveryCase(
      name: "wrapped pastes", flags: ["--wrap-lines", "3", "--wrap-characters", "700"],
      profile: ["chunk_characters = 700", "chunk_newlines = 2", "enter_delay = 100"], body: lines),
    DeliveryCase(name: "slow echo", flags: ["--echo-delay", "300"], profile: ["settle = 600"]),
    DeliveryCase(
      name: "no echo", flags: ["--no-echo"], profile: ["echoes = false"], outcome: "typed"),
    DeliveryCase(name: "busy, takes it", flags: ["--busy-at-start", "4000"]),
    DeliveryCase(name: "60 columns", columns: 60),
    DeliveryCase(name: "60 columns, numbered lines", body: answers(3), columns: 60),
    DeliveryCase(
      name: "60 columns, numbered lines, scrolled", flags: ["--more"], body: answers(30),
      columns: 60),
    DeliveryCase(
      name: "60 columns, numbered lines drawn slowly", flags: ["--more", "--echo-delay", "300"],
      profile: ["settle = 600", "chunk_newlines = 2"], body: answers(6), columns: 60),
    DeliveryCase(name: "a scrolled conversation", flags: ["--transcript", "100"]),
    DeliveryCase(name: "the main screen", flags: ["--main-screen", "--transcript", "60"]),
    DeliveryCase(name: "wrapped anywhere", flags: ["--char-wrap"], body: lines, columns: 37),
    DeliveryCase(
      name: "a band in place of rules", flags: ["--frame", "band"],
      profile: [#"above = "blank""#, #"below = "blank""#]),
  ]
}

extension DeliveryCase {
  /// The test recipient's profile with its own lines in place of the usual ones; nil: nobody knows it.
  var wholeProfile: String? {
    guard profile != ["unknown"] else { return nil }
    var whole = DeliveryBench.profile()
    if profile.contains(where: { $0.hasPrefix("above") }) {
      whole = whole.replacing("above = \"rule\"\nbelow = \"rule\"\n", with: "")
    }
    for line in profile {
      let key = line.split(separator: " ")[0] + " "
      whole = whole.split(separator: "\n").filter { !$0.hasPrefix(key) }.joined(separator: "\n")
      whole += "\n\(line)\n"
    }
    return whole
  }
}

extension String {
  var trimmed: String {
    var text = self[...]
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}

@Suite struct DeliveryAgentTests {
  @Test(arguments: DeliveryCase.all)
  func aMessageComesOutWholeAndOnce(_ the: DeliveryCase) async throws {
    try await DeliveryBench.with(columns: the.columns, profile: the.wholeProfile) { bench in
      let recipient = try await Recipient.start(in: bench.tmux, the.flags, drawn: the.drawn)
      let id = try bench.newID()
      let ran = try await bench.send(the.body, id: id)
      #expect(ran.status == 0, "\(ran)")
      #expect(ran.text.hasSuffix(": \(the.outcome)"), "\(ran)")
      try await recipient.waitForSubmissions()
      #expect(recipient.bodies() == [the.body.trimmedAtItsEnd])
      expectBytes(recipient.bytes, the, id)
      #expect(recipient.texts(.completed).isEmpty)
    }
  }

  private func expectBytes(_ bytes: [UInt8], _ the: DeliveryCase, _ id: MessageID) {
    var typed = Tagged.timeless(bytes)
    var enters = 0
    while typed.hasSuffix("\r") {
      typed.removeLast()
      enters += 1
    }
    #expect(the.enters.contains(enters), "\(enters) times Enter")
    let pieces = typed.replacing("ESC[201~ESC[200~", with: "")
    let text =
      "[from hub @ T] [verified \(id.short)] \(the.body)\(the.profile == ["unknown"] ? "" : " ")"
    #expect(pieces == (the.brackets ? "ESC[200~\(text)ESC[201~" : text))
  }
}

extension String {
  /// As the test recipient trims what is sent.
  var trimmedAtItsEnd: String {
    var text = self[...]
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return String(text)
  }
}
