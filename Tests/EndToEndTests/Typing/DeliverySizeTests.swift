import TestSupport
import Testing

/// A window whose size changes while a message is typed: attached clients, zoom, a phone that looks on.
@Suite struct DeliverySizeTests {
  @Test func aWindowThatChangesItsSizeGetsAWholeMessageOrNone() async throws {
    try await DeliveryBench.with { bench in
      let recipient = try await Recipient.start(in: bench.tmux)
      let sizes = Task {
        var number = 0
        while !Task.isCancelled {
          number += 1
          let columns = [120, 30, 77, 45][number % 4]
          try await recipient.pane.resize(columns: columns, rows: [40, 9, 24, 12][number % 4])
        }
      }
      var taken: [String: Int32] = [:]
      for number in 1...8 {
        let body = "message \(number): " + String(repeating: "lorem ipsum ", count: number * 3)
        let ran = try await bench.send(body.trimmed)
        #expect([0, 3, 8].contains(ran.status), "\(ran)")
        taken[body.trimmed] = ran.status
      }
      sizes.cancel()
      _ = await sizes.result
      let sure = taken.filter { $0.value == 0 }.count
      try await recipient.waitForSubmissions(sure)
      let bodies = recipient.bodies()
      for (body, status) in taken {
        let count = bodies.count { $0 == body }
        #expect(
          status == 0 ? count == 1 : status == 3 ? count == 0 : count <= 1, "\(body): \(status)")
      }
      #expect(Set(bodies).isSubset(of: taken.keys), "\(bodies)")
    }
  }
}
