import Mesh
import Testing

@testable import MeshHost

/// What `ProcessTable` and the environment report, compared with real processes.
@Suite struct SystemProcessTests {
  @Test func ourselves() throws {
    let own = try #require(ProcessTable.facts(of: ProcessTable.own))
    #expect(own.pid == ProcessTable.own)
    #expect(own.startTime > 0)
    let line = ProcessTable.ancestry(of: own.pid)
    #expect(line.first == own)
    #expect(line.count < 2 || line[1].pid == own.parent)
    #expect(ProcessTable.facts(of: 0) == nil)
    #expect(ProcessTable.facts(of: -1) == nil)
    #expect(ProcessTable.facts(of: .max) == nil)
  }

  #if os(Linux)
    /// The pid and the start time identify a process for ever, whatever it calls itself.
    @Test func whenAProcessBegan() throws {
      var talk = try Conversation("sh", ["-c", "echo $$; sleep 100"])
      let pid = try number(&talk)
      let began = try #require(ProcessTable.began(pid))
      #expect(abs(began - Clock.now / 1000) <= 2)
      #expect(try #require(ProcessTable.began(ProcessTable.own)) <= began + 1)
      #expect(ProcessTable.began(.max) == nil)
      try shell("kill \(pid)")
    }
  #endif

  /// A command name with blanks, parentheses and a line feed does not shift the fields.
  @Test func strangeCommandNames() throws {
    let scratch = try Scratch()
    let name = scratch.path + "/) S 1 (x\n)"
    try shell("cp \"$(command -v sleep)\" \"$1\"", [name])
    var talk = try Conversation("sh", ["-c", "\"$0\" 100 & echo $!; wait", name])
    let pid = try number(&talk)
    let facts = try #require(ProcessTable.facts(of: pid))
    #expect(facts.pid == pid)
    #expect(ProcessTable.facts(of: facts.parent)?.parent == ProcessTable.own)
    try shell("kill \(pid)")
  }

  private func number(_ talk: inout Conversation) throws -> Int32 {
    let line = try talk.read(atMost: 100, until: soon())
    return try #require(Int32(String(decoding: line.dropLast(), as: UTF8.self)))
  }

  @Test func describesExecutablesAndScripts() throws {
    let scratch = try Scratch()
    let script = scratch.path + "/my-tool.pl"
    try scratch.directory().writeAtomically(
      "my-tool.pl", bytes("$| = 1; print \"$$\\n\"; sleep 100;\n"))
    var perl = try Conversation("bash", ["-c", "exec -a /x/pretender perl -w -- \"$0\" x", script])
    let pid = try number(&perl)
    let process = try #require(ProcessTable.describe(pid))
    #expect(process.name == "perl")
    #expect(!process.nameIsClaimed)
    #expect(process.script == "my-tool.pl")
    #expect(process.invokedAs == "pretender")
    let group = ProcessTable.facts(of: pid)?.group ?? 0
    #expect(ProcessTable.foreground(group: group, below: ProcessTable.own).contains(process))
    // Not a descendant of that process: found by a search through all processes.
    #expect(ProcessTable.foreground(group: group, below: .max).contains(process))
  }

  @Test(arguments: [
    ("bash a.sh", "a.sh"), ("bash -l a.sh x", "a.sh"), ("bash -lc a.sh", nil),
    ("bash -s a.sh", nil),
    ("bash -o vi a.sh", "a.sh"), ("bash", nil), ("bash --rcfile r a.sh", "a.sh"),
    ("bash -- a.sh", "a.sh"),
    ("python3.11 -m http.server 80", "http.server"), ("python3 -Im pip", "pip"),
    ("python -c 1 x", nil),
    ("python -W ignore -u x.py", "x.py"), ("python -", nil), ("python -Wignore x.py", "x.py"),
    ("node --require a b.js", "b.js"), ("node -e 1", nil),
    ("node --max-old-space-size=9 b.js", "b.js"),
    ("bun run x.ts", "x.ts"), ("perl -ne 1 x", nil), ("vim a.sh", nil),
    ("ruby -r set a.rb", "a.rb"),
  ])
  func scriptsOfInterpreters(line: String, script: String?) {
    let words = line.split(separator: " ").map(String.init)
    #expect(Interpreter.script(of: words[0], words) == script)
  }

  @Test func environment() throws {
    let environment = Environment([
      "HOME": "/x", "EMPTY": "", "LONG": String(repeating: "x", count: 65537),
    ])
    #expect(environment.home == "/x")
    #expect(environment["EMPTY"] == "")
    #expect(environment.filled("EMPTY") == nil)
    #expect(environment["LONG"] == nil)
    #expect(environment["HOM"] == nil)
    #expect(Environment.current().path?.isEmpty == false)
  }

  @Test func account() throws {
    let scratch = try Scratch()
    let account = try #require(Account(Environment(["HOME": scratch.path + "/"])))
    #expect(account.home == scratch.path)
    #expect(account.hostName == (try shell("uname -n | cut -d. -f1").dropLast()))
    for home in [nil, "", "tmp", "/no/such", "/etc/passwd"] {
      #expect(Account(Environment(home.map { ["HOME": $0] } ?? [:])) == nil, "\(home ?? "none")")
    }
  }

  @Test func time() {
    let now = Clock.now
    #expect(now > 1_700_000_000_000)
    #expect(Clock.now >= now)
  }

  @Test(arguments: [
    ("plain", 5), ("", 0), ("世界", 4), ("e\u{301}", 1), ("\u{200d}", 0), ("🙂", 2), ("한글", 4),
    ("\u{1160}", 0), ("ﬀ", 1), ("→", 1), ("ｱ", 1), ("Ａ", 2),
  ])
  func displayWidth(text: String, width: Int) {
    #expect(DisplayWidth.of(text) == width)
  }
}
