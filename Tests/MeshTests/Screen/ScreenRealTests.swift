import Mesh
import Testing

/// Every recorded screen of real programs. If the folder is missing, the tests are
/// skipped and the run says so.
@Suite("Screen: recorded programs")
struct ScreenRealTests {
  private static let typing: Set<PaneState> = [.ready, .busyAccepting]
  private static let agents = ["claude", "codex", "vibe", "aider"]
  /// A mock model without tools caused no dialog in aider, so the screen shows an empty prompt.
  private static let mislabelled: Set<String> = ["aider-dialog"]

  @Test("there are screens")
  func present() { #expect(Recorded.pairs.count >= 150) }

  /// We take blanks for a draft, though two of these programs would trim them.
  @Test(
    "text would be a new message: ready", arguments: Recorded.pairs.filter { $0.submit == "yes" })
  func submits(_ pair: Recorded.Pair) {
    let reading = pair.read()
    #expect(
      pair.state == "space" ? reading.state == .draft : Self.typing.contains(reading.state),
      "\(reading)")
  }

  @Test(
    "text would be something else: never ready",
    arguments: Recorded.pairs.filter { $0.submit == "no" })
  func doesNotSubmit(_ pair: Recorded.Pair) {
    #expect(!Self.typing.contains(pair.read().state))
  }

  /// While aider works, a half-typed line is invisible, so its queue is not used.
  @Test("it would be queued: busy", arguments: Recorded.pairs.filter { $0.submit == "queued" })
  func queues(_ pair: Recorded.Pair) {
    #expect(pair.read().state == (pair.program == "aider" ? .busyRefusing : .busyAccepting))
  }

  @Test(
    "states of agents by name",
    arguments: Recorded.pairs.filter { agents.contains($0.program) && !$0.isDrawn })
  func byName(_ pair: Recorded.Pair) {
    let state = pair.read().state
    switch pair.state {
    case "idle", "after", "cleared", "afterbusy", "postdialog", "postdialog2", "end":
      #expect(state == .ready)
    case "typed", "typedhome", "space", "mltop", "mltail", "mlempty": #expect(state == .draft)
    case "busytyped": #expect(state == (pair.program == "aider" ? .busyRefusing : .draft))
    case "dialog", "dialog2", "dialogtyped":
      #expect(state == (Self.mislabelled.contains(pair.name) ? .ready : .dialog))
    case "bang", "slash": #expect(state == .mode)
    case "at": #expect(state == .mode || state == .dialog)
    default: break
    }
  }

  @Test(
    "shells and interpreters: never ready",
    arguments: Recorded.pairs("bash", "zsh", "python", "ipython", "sqlite"))
  func prompts(_ pair: Recorded.Pair) {
    let reading = pair.read()
    let job = pair.recording.facts.command == "sleep"
    #expect(reading.state == (job ? .unknown : .shellPrompt))
    if ["typed", "typedhome", "space", "mltop", "busytyped"].contains(pair.state) {
      #expect(!reading.lineIsEmpty)
    }
    if ["idle", "cleared"].contains(pair.state) { #expect(reading.lineIsEmpty) }
  }

  @Test("cat reads lines", arguments: Recorded.pairs("cat"))
  func reader(_ pair: Recorded.Pair) {
    #expect(pair.read().state == (pair.state.contains("typed") ? .draft : .ready))
  }

  @Test(
    "the same screen of another process is no agent",
    arguments: Recorded.pairs.filter { $0.submit == "yes" })
  func otherProcess(_ pair: Recorded.Pair) {
    for program in [
      "/bin/bash", "/usr/bin/python3.11", "/usr/bin/ssh", "/usr/bin/sudo", "/usr/bin/vim",
    ] {
      let reading = pair.read {
        $0.recorded = false
        $0.foreground = [Executable(path: program)]
        $0.terminal = TerminalMode(canonical: false, echo: false)
      }
      #expect(reading.kind != .agent && !Self.typing.contains(reading.state))
    }
  }
}
