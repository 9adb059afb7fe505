import Mesh
import MeshHost
import TestSupport
import Testing

/// In numbers: only where `AGENT_MESH_SOAK` is set. A number above 1 says how many sends a behaviour gets, else 200.
@Suite(.enabled(if: Soak.isOn, "a long run: ./soak.sh"), .serialized)
struct SoakDeliveryTests {
  /// Nothing false, nothing doubled, nothing lost; and how long after the recipient took it the sender knew.
  @Test(arguments: DeliveryCase.all)
  func everyBehaviour(_ the: DeliveryCase) async throws {
    try await DeliveryBench.with(columns: the.columns, profile: the.wholeProfile) { bench in
      let recipient = try await Recipient.start(in: bench.tmux, the.flags, drawn: the.drawn)
      var sure: [String] = []
      var gaps: [Int] = []
      for number in 1...Soak.rounds {
        let body = "\(number): \(the.body)"
        // An agent is asked again when it has taken the last one; busy is an answer of its own.
        let ran = try await bench.send(body, ["--wait", "20s"])
        let now = Soak.now
        guard ran.status == 0 else { continue }
        sure.append(body.trimmedAtItsEnd)
        if let took = recipient.events.last(where: { $0.kind == .submitted }) {
          gaps.append(now - took.at)
        }
      }
      try await recipient.waitForSubmissions(sure.count)
      let got = recipient.bodies()
      gaps.sort()
      let median = gaps.isEmpty ? Int.max : gaps[gaps.count / 2]
      Soak.say(
        "\(the.name): \(sure.count) of \(Soak.rounds) \(the.outcome), \(got.count) came; verdict after \(median) ms, at most \(gaps.last ?? 0)"
      )
      #expect(sure.count == Soak.rounds && got == sure)
      if the.flags.isEmpty { #expect(median <= 150) }
    }
  }

  /// However often it is tried.
  @Test(arguments: RefusalCase.all)
  func nothingIsEverTyped(_ the: RefusalCase) async throws {
    try await the.with { bench, recipient in
      for _ in 1...Soak.rounds {
        let ran = try await bench.send("1", ["--json"])
        #expect(ran.status == the.status && the.isSaid(ran), "\(ran)")
      }
      #expect(recipient.bytes.isEmpty)
      Soak.say("\(the.name): \(Soak.rounds) refused, \(recipient.bytes.count) bytes typed")
    }
  }

  /// A person who types now and then while messages come: whatever is submitted is the one or the other, whole.
  @Test func aPersonTypesAllTheWhile() async throws {
    try await DeliveryBench.with { bench in
      let recipient = try await Recipient.start(in: bench.tmux)
      try await bench.tmux.call(["select-window", "-t", recipient.pane.id])
      let human = try await Human.attach(to: bench.tmux)
      let lines = (1...(Soak.rounds / 4)).map { "thought \($0)" }
      async let typed: Void = Self.type(lines, human)
      var (sure, unknown) = (0, 0)
      for number in 1...(Soak.rounds * 3 / 2) {
        let ran = try await bench.send(
          "message \(number)", ["--wait", "60s"], within: .seconds(90))
        if ran.status == 0 { sure += 1 } else if ran.status == 8 { unknown += 1 }
      }
      try await typed
      try await recipient.waitForSubmissions(lines.count + sure)
      let texts = recipient.submissions
      let glued = texts.filter { text in
        lines.contains { text.contains($0) } == text.contains("message ")
          || text.contains("message ") && !text.hasPrefix("[from hub @ ")
      }
      Soak.say(
        "\(sure) delivered, \(unknown) unknown, beside \(lines.count) lines by hand; glued: \(glued)"
      )
      #expect(glued.isEmpty && texts.count == lines.count + sure)
    }
  }

  private static func type(_ lines: [String], _ human: Human) async throws {
    for line in lines {
      try await Task.sleep(for: .milliseconds(Int.random(in: 0...6000)))
      for character in line {
        try await human.type(String(character))
        try await Task.sleep(for: .milliseconds(Int.random(in: 5...200)))
      }
      try await human.press("Enter")
    }
  }

  @Test func fiftySendersTimesTwenty() async throws {
    try await DeliveryBench.with { bench in
      let recipient = try await Recipient.start(in: bench.tmux)
      var sure = 0
      for round in 1...20 {
        let ran = try await DeliveryCrowdTests.send(
          (1...50).map { "round \(round) sender \($0)" }, bench)
        sure += ran.filter { $0.status == 0 }.count
      }
      try await recipient.waitForSubmissions(sure)
      let got = recipient.bodies()
      Soak.say("\(sure) of 1000 submitted; \(got.count) came")
      #expect(sure == 1000 && got.count == 1000 && Set(got).count == 1000)
    }
  }

  /// Senders and drains are killed at any moment; what is queued or repeated comes once, or is called unknown.
  @Test func killedAtRandom() async throws {
    try await DeliveryBench.with { bench in
      let recipient = try await Recipient.start(in: bench.tmux)
      var ids: [(id: MessageID, body: String)] = []
      for number in 1...200 {
        let id = try bench.newID()
        ids.append((id, "message \(number)"))
        let arguments = ["--queue", "--id", id.text, "hub-main-recipient", "message \(number)"]
        let running = try bench.sandbox.start("notify-pane", arguments)
        try await Task.sleep(for: .milliseconds(Int.random(in: 0...120)))
        running.kill()
        _ = try? await running.finish()
        // What the killed one left in the composer is a person's to clear.
        try await recipient.pane.keys("C-u")
      }
      try await bench.drain()
      var counts: [String: Int] = [:]
      for (id, body) in ids {
        let ran = try await bench.send(body, ["--queue"], id: id)
        counts[ran.status == 0 ? "sure" : "unknown", default: 0] += 1
        let came = recipient.bodies().filter { $0 == body }.count
        #expect(came <= 1 && (ran.status != 0 || came == 1), "\(body): \(ran)")
        // And whoever asks is told the same.
        let told = try await bench.sandbox.run("notify-pane", ["--status", id.text])
        #expect(told.status == ran.status && (told.status != 0 || came == 1), "\(body): \(told)")
        try await recipient.pane.keys("C-u")
      }
      Soak.say("killed: \(counts)")
    }
  }
}
