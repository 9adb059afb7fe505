import Mesh
import TestSupport
import Testing

/// kill -9 between any two steps: a message is never typed twice, and never lost if nothing was typed.
@Suite struct LocalKillTests {
  static let id = "aaaaaaaaaaaaaaaaaaaaaaaaaa"

  @Test func whileTmuxIsAskedBeforeTheTyping() async throws {
    try await LocalMesh.with { mesh in
      let cat = try await mesh.cat("sink")
      for call in 1...4 {
        let id = String(repeating: "bcdef".dropFirst(call).first ?? "b", count: 25) + "a"
        let shim = try Shim(
          mesh.sandbox, for: "tmux", faults: Array(repeating: .pass, count: call - 1) + [.hang])
        let words = ["--id", id, "hub-main-sink", "\(call)"]
        let sender = try mesh.sandbox.start(
          "notify-pane", words,
          environment: mesh.tmux.outside.merging(["TMUX_BIN": shim.path]) { $1 })
        try await eventually("call \(call)") {
          shim.calls.count >= call || sender.status != nil
        }
        guard sender.status == nil else { break }
        sender.kill()
        _ = try await sender.finish()
        let again = try await mesh.run("notify-pane", words)
        #expect(again.status == 0, "\(call): \(again)")
        let twice = try await mesh.run("notify-pane", words)
        #expect(twice.status == 0, "\(call): \(twice)")
        #expect(try await cat.wait(call).count == call)
      }
      #expect(try await cat.wait(2).count >= 2)
    }
  }

  @Test func whileItWaitsForThePane() async throws {
    try await LocalBadInputTests.with { mesh, far, cat in
      #expect(
        try await mesh.deliver(try LocalBadInputTests.letter(mesh, far), by: far).verdict
          == "submitted -")
      let lock = try #require(Files.list(mesh.agents + "/state/panes").first)
      let holder = try mesh.sandbox.start(
        "flock", [mesh.agents + "/state/panes/" + lock, "sleep", "1000"])
      let letter = try LocalBadInputTests.letter(mesh, far)
      let entry = "\(mesh.agents)/seen/far/\(letter.statement.id)"
      let receiver = try mesh.sandbox.start(
        "agent-register-hook", ["deliver"], environment: mesh.tmux.outside)
      try await receiver.send(letter.signed(by: far))
      receiver.closeInput()
      try await eventually("the entry") { Files.text(entry)?.hasPrefix("t\n") == true }
      receiver.kill()
      _ = try await receiver.finish()
      holder.kill()
      _ = try await holder.finish()
      #expect(Files.text(entry)?.hasPrefix("t\n") == true)
      #expect(try await mesh.deliver(letter, by: far).verdict == "submitted -")
      #expect(try await cat.wait(2).count == 2)
    }
  }

  /// Once typing begins, the outcome is known or `unknown`, and nothing is typed again.
  @Test func whileItTypes() async throws {
    try await LocalBadInputTests.with { mesh, far, cat in
      var typed = 0
      for round in 0..<8 {
        let letter = try LocalBadInputTests.letter(mesh, far)
        let entry = "\(mesh.agents)/seen/far/\(letter.statement.id)"
        let receiver = try mesh.sandbox.start(
          "agent-register-hook", ["deliver"], environment: mesh.tmux.outside)
        try await receiver.send(letter.signed(by: far))
        receiver.closeInput()
        try await eventually(every: .zero, "typing") {
          let state = Files.text(entry)?.first
          return state == "y" || state == "d" || receiver.status != nil
        }
        if round > 0 { try await Task.sleep(for: .microseconds(round * round * 100)) }
        receiver.kill()
        let ran = try await receiver.finish()
        let before = try mesh.receipt(in: ran, about: letter)
        let after = try await mesh.deliver(letter, by: far)
        #expect(["unknown -", "submitted -"].contains(after.verdict), "\(after.verdict)")
        if before != nil { #expect(after.verdict == "submitted -") }
        let tag = "[verified \(letter.statement.id.short)]"
        // Text that was typed but not entered stays as a draft: remove it.
        try await cat.pane.keys("C-u")
        let count = cat.text.split(separator: "\n").filter { $0.contains(tag) }.count
        #expect(count <= 1)
        typed += count
      }
      let end = try await mesh.deliver(try LocalBadInputTests.letter(mesh, far), by: far)
      #expect(end.verdict == "submitted -", "\(end.ran)")
    }
  }

  /// An empty entry is left by a process killed while creating it; a broken entry says nothing reliable.
  @Test func anEmptyEntryIsTakenAgainAndABrokenOneIsNot() async throws {
    try await LocalBadInputTests.with { mesh, far, cat in
      #expect(
        try await mesh.deliver(try LocalBadInputTests.letter(mesh, far), by: far).verdict
          == "submitted -")
      for (text, verdict) in [("", "submitted -"), ("t", "unknown -"), ("t\nmess", "unknown -")] {
        let letter = try LocalBadInputTests.letter(mesh, far)
        try Files.write("\(mesh.agents)/seen/far/\(letter.statement.id)", text)
        #expect(try await mesh.deliver(letter, by: far).verdict == verdict, "\(text)")
      }
      // An entry that we cannot have written blocks the message.
      let letter = try LocalBadInputTests.letter(mesh, far)
      let entry = "\(mesh.agents)/seen/far/\(letter.statement.id)"
      try Files.link(entry, to: "/dev/null")
      #expect(try await mesh.deliver(letter, by: far).verdict == "failed disk")
      Files.remove(entry)
      try Files.write(entry, "t\n", mode: 0o666)
      #expect(try await mesh.deliver(letter, by: far).receipt?.disposition.outcome != .submitted)
      #expect(try await cat.wait(2).count == 2)
    }
  }

  @Test func aFullDiskTypesNothing() async throws {
    try await LocalBadInputTests.with { mesh, far, cat in
      let letter = try LocalBadInputTests.letter(mesh, far)
      try Files.write(mesh.agents + "/seen", "in the way")
      let answer = try await mesh.deliver(letter, by: far)
      #expect(answer.verdict == "failed disk" && cat.text.isEmpty, "\(answer.ran)")
      Files.remove(mesh.agents + "/seen")
      #expect(try await mesh.deliver(letter, by: far).verdict == "submitted -")
    }
  }
}
