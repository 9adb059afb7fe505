import Mesh
import TestSupport
import Testing

/// A recipient that is not ready, and the reason that the sender is told.
struct RefusalCase: Sendable, CustomTestStringConvertible {
  var name: String
  var flags: [String] = []
  var reason: String
  var status: Int32 = 3
  var drawn = "? for shortcuts"
  var profile = DeliveryBench.profile()
  /// Done to the pane before the message comes.
  var before: [String] = []
  var testDescription: String { name }

  static let all: [RefusalCase] = [
    RefusalCase(name: "a draft", flags: ["--draft", "half a sentence"], reason: "draft"),
    RefusalCase(
      name: "a draft, the cursor at its start",
      flags: ["--draft", "half a sentence", "--draft-cursor", "0"], reason: "draft"),
    RefusalCase(name: "blanks only", flags: ["--draft", "   "], reason: "draft"),
    RefusalCase(
      name: "a draft and an own cursor", flags: ["--draft", "half", "--cursor", "own"],
      reason: "draft"),
    RefusalCase(
      name: "a dialog under which the composer stays", flags: ["--dialog-after", "0"],
      reason: "dialog", drawn: "Do you want to proceed?"),
    RefusalCase(
      name: "a dialog in place of the composer", flags: ["--dialog-after", "0", "--dialog-hides"],
      reason: "dialog", drawn: "Do you want to proceed?"),
    RefusalCase(
      name: "a question with y and n", flags: ["--dialog-after", "0", "--dialog-yes-no"],
      reason: "dialog", drawn: "(y/n)"),
    RefusalCase(
      name: "busy, takes nothing", flags: ["--busy-at-start", "600000", "--busy", "refuse"],
      reason: "busy",
      profile: DeliveryBench.profile().replacing(
        "takes_while_busy = true", with: "takes_while_busy = false")),
    RefusalCase(
      name: "loading", flags: ["--loading", "600000"], reason: "unknown-screen", drawn: "Loading"),
    RefusalCase(
      name: "a password", flags: ["--style", "password", "--prompt", "Password: "],
      reason: "password", drawn: "Password:"),
    RefusalCase(name: "copy mode", reason: "mode", before: ["copy-mode", "-t", "PANE"]),
    RefusalCase(
      name: "input off", reason: "input-off", before: ["select-pane", "-d", "-t", "PANE"]),
    RefusalCase(
      name: "a dead pane", reason: "dead-pane", status: 4,
      before: ["set-option", "-p", "-t", "PANE", "remain-on-exit", "on"]),
    RefusalCase(
      name: "an unknown program that asks", flags: ["--dialog-after", "0"],
      reason: "unknown-screen",
      drawn: "Do you want to proceed?", profile: ""),
  ]
}

extension RefusalCase {
  /// The recipient as it is when the message comes.
  func with(_ body: (DeliveryBench, Recipient) async throws -> Void) async throws {
    try await DeliveryBench.with(profile: profile.isEmpty ? nil : profile) { bench in
      let recipient = try await Recipient.start(in: bench.tmux, flags, drawn: drawn)
      if !before.isEmpty {
        try await bench.tmux.call(before.map { $0 == "PANE" ? recipient.pane.id : $0 })
      }
      if reason == "dead-pane" {
        try await bench.sandbox.must("kill", ["-9", "\(try await recipient.pane.pid())"])
        try await eventually("the pane to be dead") {
          try await recipient.pane.format("#{pane_dead}") == "1"
        }
      }
      try await body(bench, recipient)
    }
  }

  func isSaid(_ ran: Ran) -> Bool {
    ran.text.contains("\"reason\":\"\(reason)\"")
      || profile.isEmpty && ran.text.contains("\"reason\":\"dialog\"")
  }
}

@Suite struct DeliveryRefusalTests {
  @Test(arguments: RefusalCase.all)
  func nothingIsTyped(_ the: RefusalCase) async throws {
    try await the.with { bench, recipient in
      let ran = try await bench.send("1", ["--json"])
      #expect(ran.status == the.status, "\(ran)")
      #expect(the.isSaid(ran), "\(ran)")
      #expect(recipient.bytes.isEmpty)
      // Nothing of it comes later either.
      #expect(try await bench.tmux.call(["list-buffers"]).isEmpty)
    }
  }

  /// It comes up while the text is being pasted: Enter would answer it.
  @Test(arguments: [[], ["--dialog-hides"], ["--dialog-yes-no"]])
  func aDialogBetweenPasteAndEnterIsNotAnswered(_ flags: [String]) async throws {
    try await DeliveryBench.with { bench in
      let recipient = try await Recipient.start(
        in: bench.tmux, ["--dialog-after-input", "0"] + flags)
      let ran = try await bench.send("go on", ["--json"])
      #expect(ran.status == 8, "\(ran)")
      #expect(ran.text.contains(#""reason":"dialog""#), "\(ran)")
      #expect(!recipient.bytes.contains(0x0D))
      #expect(recipient.texts(.answer).isEmpty && recipient.submissions.isEmpty)
    }
  }

  /// It comes up some time after the paste; whatever is seen, no Enter goes into it, or it is after the message.
  /// Nobody can look between tmux's write and the program's read, so the Enter is far from the dialog's moment.
  @Test(arguments: [5, 20, 60, 1500])
  func aDialogSoonAfterThePaste(_ delay: Int) async throws {
    try await DeliveryBench.with(profile: DeliveryBench.profile("enter_delay = 500")) { bench in
      let recipient = try await Recipient.start(
        in: bench.tmux, ["--dialog-after-input", "\(delay)", "--dialog-hides"])
      let ran = try await bench.send("go on")
      try await recipient.waitFor(.dialog)
      #expect(recipient.texts(.answer).isEmpty)
      switch ran.status {
      case 0: #expect(recipient.bodies() == ["go on"])
      // The dialog came right after the Enter: nobody saw the message taken.
      case 8: #expect(recipient.bodies().count <= 1)
      default: #expect(recipient.submissions.isEmpty)
      }
    }
  }

  /// It comes with the first Enter and leaves the text where it was: the second would answer it.
  @Test(arguments: [[], ["--dialog-yes-no"]])
  func aDialogThatTheFirstEnterRaisedIsNotAnswered(_ flags: [String]) async throws {
    try await DeliveryBench.with { bench in
      let recipient = try await Recipient.start(in: bench.tmux, ["--dialog-on-enter"] + flags)
      let ran = try await bench.send("go on", ["--json"])
      #expect(ran.status == 8, "\(ran)")
      #expect(recipient.bytes.count { $0 == 0x0D } == 1)
      #expect(recipient.texts(.answer).isEmpty && recipient.submissions.isEmpty)
    }
  }

  /// What a person types between paste and Enter would become part of the message.
  @Test(arguments: ["x", " and more"])
  func aPersonsKeyBehindThePasteKeepsEnterBack(_ keys: String) async throws {
    try await DeliveryBench.with(profile: DeliveryBench.profile("enter_delay = 700")) { bench in
      let recipient = try await Recipient.start(in: bench.tmux)
      async let sent = bench.send("go on", ["--json"])
      try await eventually("the paste") { recipient.bytes.count > 20 }
      try await bench.tmux.call(["send-keys", "-t", recipient.pane.id, "-l", keys])
      let ran = try await sent
      #expect(ran.status == 8, "\(ran)")
      #expect(ran.text.contains(#""reason":"human-typing""#), "\(ran)")
      #expect(!recipient.bytes.contains(0x0D) && recipient.submissions.isEmpty)
    }
  }

  /// An agent hangs and is killed with the paste unread: the shell beneath it must not get to read it.
  @Test func whatWasNotReadDoesNotReachTheShellBeneath() async throws {
    try await DeliveryBench.with { bench in
      let mark = bench.sandbox.path("ran")
      let shell = try await bench.tmux.window("recipient", ["dash", "-i"])
      try await shell.type("test-recipient --hangs\n")
      try await shell.waitFor("? for shortcuts")
      let ran = try await bench.send("one\ntouch \(mark)\n; touch \(mark)", ["--json"])
      #expect(ran.status == 8, "\(ran)")
      try await bench.sandbox.must("pkill", ["-9", "-P", "\(try await shell.pid())"])
      try await shell.type("\necho still $((40 + 2))\n")
      try await shell.waitFor("still 42")
      #expect(Files.text(mark) == nil)
    }
  }

  /// There, not even lines that are taken one by one while it dies may stand in the text.
  @Test func oneLineAboveAShellThatDoesNotBracket() async throws {
    try await DeliveryBench.with { bench in
      let shell = try await bench.tmux.window("recipient", ["dash", "-i"])
      let file = bench.sandbox.path("bytes")
      try await shell.type("test-recipient --record \(file)\n")
      try await shell.waitFor("? for shortcuts")
      let ran = try await bench.send("one\ntwo")
      #expect(ran.status == 0, "\(ran)")
      #expect(Files.text(file)?.contains("one ⏎ two") == true)
    }
  }

  @Test func aProgramThatEatsTheEnterIsNotCalledSubmitted() async throws {
    try await DeliveryBench.with { bench in
      let recipient = try await Recipient.start(
        in: bench.tmux, ["--busy-at-start", "600000", "--busy", "refuse"])
      let ran = try await bench.send("hello")
      #expect(ran.status == 8, "\(ran)")
      #expect(recipient.submissions.isEmpty)
      // The Enter and the one further Enter, and one paste.
      #expect(recipient.texts(.refused).count == 2)
      #expect(Tagged.timeless(recipient.bytes).count(of: "ESC[200~") == 1)
    }
  }

  /// It stays where it is until a person decides; the next sender and `look` are told which message it is.
  @Test func aMessageThatWasNotSubmittedIsNamed() async throws {
    try await DeliveryBench.with { bench in
      let recipient = try await Recipient.start(
        in: bench.tmux, ["--busy-at-start", "600000", "--busy", "refuse"])
      let id = try bench.newID()
      #expect(try await bench.send("1. one\n2. two", id: id).status == 8)
      let typed = recipient.bytes
      let ran = try await bench.send("another")
      #expect(ran.status == 3, "\(ran)")
      #expect(ran.errorText.contains("(message \(id.short))"), "\(ran)")
      #expect(ran.errorText.contains("agent-mesh look hub-main-recipient"), "\(ran)")
      let json = try await bench.send("another", ["--json"])
      #expect(json.text.contains(#""reason":"unsubmitted""#), "\(json)")
      let look = try await bench.look(["hub-main-recipient"])
      #expect(look.contains("message \(id.short) is in it, not submitted"), "\(look)")
      #expect(look.contains("refused: unsubmitted"), "\(look)")
      #expect(recipient.bytes == typed)
      // With a person's words behind it, it is that person's draft.
      try await bench.tmux.call(["send-keys", "-t", recipient.pane.id, "-l", "x y"])
      try await recipient.pane.waitFor("x y")
      let draft = try await bench.send("another", ["--json"])
      #expect(draft.status == 3, "\(draft)")
      #expect(!draft.text.contains("unsubmitted"), "\(draft)")
    }
  }

  @Test func synchronisedPanesGetNothing() async throws {
    try await DeliveryBench.with { bench in
      let recipient = try await Recipient.start(in: bench.tmux)
      try await bench.tmux.call(["split-window", "-d", "-t", recipient.pane.id, "cat"])
      try await bench.tmux.call(
        ["set-option", "-w", "-t", recipient.pane.id, "synchronize-panes", "on"])
      let ran = try await bench.send("only for one")
      #expect(ran.status == 0, "\(ran)")
      try await recipient.waitForSubmissions()
      let others = try await bench.tmux.panes().filter { $0.id != recipient.pane.id }
      let other = try #require(others.last)
      #expect(try await other.capture().filter { !$0.isWhitespace }.isEmpty)
    }
  }
}
