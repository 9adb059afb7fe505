import Mesh
import TestSupport
import Testing

/// Figures: only where `AGENT_MESH_SOAK` is set.
@Suite(.enabled(if: Environment.value("AGENT_MESH_SOAK") != nil), .serialized)
struct SoakDeliveryTests {
  @Test(arguments: [
    [], ["--burst", "120", "--burst-kind", "swallow"], ["--turn", "50"], ["--cursor", "own"],
    ["--echo-delay", "40"],
  ])
  func twoHundredMessages(_ flags: [String]) async throws {
    try await DeliveryBench.with { bench in
      let recipient = try await Recipient.start(in: bench.tmux, flags)
      var sure: [String] = []
      var unknown = 0
      for number in 1...200 {
        let ran = try await bench.send("message \(number)")
        if ran.status == 0 { sure.append("message \(number)") } else { unknown += 1 }
      }
      try await recipient.waitForSubmissions(sure.count)
      let got = recipient.bodies()
      print("soak \(flags): \(sure.count) submitted, \(unknown) not; \(got.count) came")
      #expect(Set(got).isSuperset(of: sure) && got.count == Set(got).count)
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
      print("soak: \(sure) of 1000 submitted; \(got.count) came")
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
        try await recipient.pane.keys("C-u")
      }
      print("soak, killed: \(counts)")
    }
  }
}
