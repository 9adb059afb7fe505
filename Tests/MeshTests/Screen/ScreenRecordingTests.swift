import Mesh
import Testing

@Suite("Screen: recorded pairs")
struct ScreenRecordingTests {
  private let line =
    "cmd=claude cx=2 cy=37 cflag=0 cshape= alt=1 bpaste= inmode=0 kpad=0 mouse=1 dead=0 title=✳ a b=c"

  @Test("the line of formats is read")
  func reads() throws {
    let facts = try #require(PaneFacts(recorded: line + "\n"))
    #expect(facts.command == "claude" && facts.title == "✳ a b=c" && facts.recorded)
    #expect(
      facts.cursorX == 2 && facts.cursorY == 37 && !facts.cursorShown && facts.alternateScreen)
    #expect(facts.bracketPaste == nil && !facts.inMode && !facts.dead)
  }

  @Test("what is written is read back")
  func roundTrip() throws {
    var facts = try #require(PaneFacts(recorded: line))
    facts.bracketPaste = true
    facts.dead = true
    #expect(PaneFacts(recorded: facts.recordedLines) == facts)
    facts.command = "a b\u{1B}"
    facts.title = "x\ny"
    let back = try #require(PaneFacts(recorded: facts.recordedLines))
    #expect(back.command == "a_b?" && back.title == "x?y")
  }

  @Test(
    "other lines are refused",
    arguments: [
      "", "cmd=x", "cmd=x cx=a cy=1",
      "cmd=x cx=1 cy=-1 cflag=0 cshape= alt= bpaste= inmode= kpad= mouse= dead= title=",
      "cmd=x cx= cy=1 cflag=0 cshape= alt= bpaste= inmode= kpad= mouse= dead= title=",
      "cmd=x cx=99999999999999999999 cy=1 cflag=0 cshape= alt= bpaste= inmode= kpad= mouse= dead= title=",
    ])
  func refused(_ text: String) {
    #expect(PaneFacts(recorded: text) == nil)
  }

  @Test("the process that reads the terminal is told in a second line")
  func process() throws {
    var facts = try #require(PaneFacts(recorded: line))
    facts.foreground = [
      Executable(path: "/usr/bin/python3.11", script: "/opt/my agent", called: "python3")
    ]
    let back = try #require(PaneFacts(recorded: facts.recordedLines))
    let program = try #require(back.foreground?.first)
    #expect(program == Executable(path: "python3.11", script: "opt/my_agent", called: "python3"))
    #expect(PaneFacts(recorded: line + "\nexe=a") == nil)
  }

  @Test("the size is taken from the capture")
  func size() throws {
    let recording = try #require(
      Recording(formats: line, capture: Array("abc\n漢字\n\n".utf8)))
    #expect(recording.facts.width == 4 && recording.facts.height == 3)
    var facts = try #require(PaneFacts(recorded: line))
    (facts.width, facts.height) = (20, 5)
    let said = try #require(
      Recording(formats: facts.recordedLines, capture: Array("abc\n".utf8)))
    #expect(said.facts.width == 20 && said.screen.width == 20 && said.screen.height == 5)
    #expect(PaneFacts(recorded: line + "\nw=0 h=99999999") == nil)
  }
}
