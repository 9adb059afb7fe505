import Mesh
import TestSupport
import Testing

/// Many at once, one after the other: the pane's lock, its fairness, and what comes right behind another message.
@Suite struct DeliveryCrowdTests {
  /// - Returns: the statuses, in the order of the bodies.
  static func send(_ bodies: [String], _ bench: DeliveryBench) async throws -> [Ran] {
    try await withThrowingTaskGroup(of: (Int, Ran).self) { group in
      for (index, body) in bodies.enumerated() {
        group.addTask { (index, try await bench.send(body, within: .seconds(300))) }
      }
      var all: [Int: Ran] = [:]
      for try await (index, ran) in group { all[index] = ran }
      return bodies.indices.compactMap { all[$0] }
    }
  }

  @Test func fiftySendersAllFinish() async throws {
    try await DeliveryBench.with(profile: nil) { bench in
      let reader = try await Recipient.start(in: bench.tmux, ["--style", "lines"], drawn: "")
      try await reader.waitFor(.ready)
      let bodies = (1...50).map { "sender \($0) of fifty" }
      let ran = try await Self.send(bodies, bench)
      #expect(ran.allSatisfy { $0.status == 0 }, "\(ran.filter { $0.status != 0 })")
      try await reader.waitFor(.line, 50)
      #expect(reader.bodies(.line).sorted() == bodies.sorted())
    }
  }

  @Test func anAgentGetsThemOneByOne() async throws {
    try await DeliveryBench.with { bench in
      let recipient = try await Recipient.start(in: bench.tmux, ["--turn", "150"])
      let bodies = (1...8).map { "message \($0)" }
      let ran = try await Self.send(bodies, bench)
      #expect(ran.allSatisfy { $0.status == 0 }, "\(ran.filter { $0.status != 0 })")
      try await recipient.waitForSubmissions(8)
      #expect(recipient.bodies().sorted() == bodies.sorted())
    }
  }

  /// It drops what is entered as a turn starts or ends: nothing that was lost is called submitted.
  @Test func aProgramThatLosesMessages() async throws {
    try await DeliveryBench.with { bench in
      let recipient = try await Recipient.start(in: bench.tmux, ["--turn", "400", "--lose", "60"])
      let bodies = (1...6).map { "message \($0)" }
      let ran = try await Self.send(bodies, bench)
      #expect(ran.allSatisfy { [0, 8].contains($0.status) })
      let sure = zip(bodies, ran).filter { $0.1.status == 0 }.map(\.0)
      try await recipient.waitForSubmissions(sure.count)
      let lost = recipient.bodies(.lost)
      #expect(Set(recipient.bodies()).isSuperset(of: sure), "lost: \(lost)")
      #expect(recipient.bodies().count == Set(recipient.bodies()).count)
    }
  }

  /// A person writes lines of their own into the same composer all the while.
  @Test func aHumanTypingIsNeverMixedWithMessages() async throws {
    try await DeliveryBench.with { bench in
      let recipient = try await Recipient.start(in: bench.tmux)
      try await bench.tmux.call(["select-window", "-t", recipient.pane.id])
      let human = try await Human.attach(to: bench.tmux)
      let words = ["look at the tests", "no, the other ones", "thanks"]
      async let sent = Self.sendWhile(bench, 12)
      for line in words {
        for character in line {
          try await human.type(String(character))
          try await Task.sleep(for: .milliseconds(Int.random(in: 5...60)))
        }
        try await human.press("Enter")
      }
      let ran = try await sent
      #expect(ran.allSatisfy { [0, 3].contains($0.status) }, "\(ran)")
      #expect(ran.allSatisfy { $0.status != 0 || $0.text.hasSuffix(": submitted") }, "\(ran)")
      let sure = ran.filter { $0.status == 0 }.count
      try await recipient.waitForSubmissions(words.count + sure)
      let texts = recipient.submissions
      #expect(texts.filter { !$0.hasPrefix("[from hub @ ") } == words)
      #expect(recipient.bodies().filter { $0.hasPrefix("message ") }.count == sure)
      #expect(texts.count == words.count + sure)
      // Whoever waits for the person to be done is let in.
      let last = try await bench.send("at last", ["--wait", "20s"])
      #expect(last.status == 0, "\(last)")
    }
  }

  private static func sendWhile(_ bench: DeliveryBench, _ count: Int) async throws -> [Ran] {
    var all: [Ran] = []
    for number in 1...count { all.append(try await bench.send("message \(number)")) }
    return all
  }
}
