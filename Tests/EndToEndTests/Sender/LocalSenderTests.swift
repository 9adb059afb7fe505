import Mesh
import TestSupport
import Testing

/// The sender's name, and answers to it.
@Suite struct LocalSenderTests {
  @Test func inAPane() async throws {
    try await LocalMesh.with { mesh in
      let cat = try await mesh.cat("sink")
      let pane = try await mesh.tmux.first()
      #expect(try await pane.run("notify-pane", ["--whoami"]).text == "hub-main-first")
      let sent = try await pane.run("notify-pane", ["hub-main-sink", "a"])
      #expect(sent.status == 0, "\(sent)")
      // Its own name is accepted in each form.
      for name in ["hub-main-first", "hub-main-first-0", "hub-main-first.0"] {
        let own = try await pane.run("notify-pane", ["--as", name, "hub-main-sink", "b"])
        #expect(own.status == 0, "\(name): \(own)")
      }
      for name in ["hub-main-sink", "hub-ghost", "hub", "far-x-y"] {
        let forged = try await pane.run("notify-pane", ["--as", name, "hub-main-sink", "c"])
        #expect(forged.status == 6 && forged.errorText.contains("nothing was sent"), "\(forged)")
        let wished = try await pane.run(
          "notify-pane", ["hub-main-sink", "d"], environment: ["AGENT_NAME": name])
        #expect(wished.status == 6, "\(name): \(wished)")
      }
      #expect(try await cat.wait(4).allSatisfy { $0.hasPrefix("[from hub-main-first") })
    }
  }

  @Test func whatTheEnvironmentSaysOfThePaneIsNotBelieved() async throws {
    try await LocalMesh.with { mesh in
      let cat = try await mesh.cat("sink")
      let pane = try await mesh.tmux.first()
      let forged = [
        "TMUX_PANE": cat.pane.id, "TMUX": "\(mesh.tmux.socket),1,0",
      ]
      #expect(
        try await pane.run("notify-pane", ["--whoami"], environment: forged).text
          == "hub-main-first")
      // A session of its own leaves the terminal but not the ancestors.
      let away = try await pane.run(
        "setsid", ["-w", "notify-pane", "--whoami"], environment: forged)
      #expect(away.text == "hub-main-first", "\(away)")
      // From outside tmux, no environment makes a process the sender of a pane.
      #expect(
        try await mesh.run("notify-pane", ["--whoami"], environment: forged).text == "hub")
    }
  }

  @Test func aServerThatIsNotOursHidesNoPane() async throws {
    try await LocalMesh.with { mesh in
      _ = try await mesh.cat("sink")
      try await mesh.sandbox.must("agent-discover", environment: mesh.tmux.outside)
      let pane = try await mesh.tmux.first()
      let forged = ["TMUX_SOCKET": "nobody", "AGENT_NAME": "hub-main-sink"]
      let ran = try await pane.run("notify-pane", ["--whoami"], environment: forged)
      #expect(ran.status == 6, "\(ran)")
    }
  }

  @Test func outsideAnyPane() async throws {
    try await LocalMesh.with { mesh in
      let cat = try await mesh.cat("sink")
      #expect(try await mesh.send("--whoami").text == "hub")
      #expect(
        try await mesh.send("--whoami", environment: ["AGENT_NAME": "hub-cron"]).text == "hub-cron")
      let sent = try await mesh.send("--as", "hub-nightly", "hub-main-sink", "a")
      #expect(sent.status == 0)
      let held = try await mesh.send("--as", "hub-main-first", "hub-main-sink", "b")
      #expect(held.status == 6 && held.errorText.contains("live pane"), "\(held)")
      #expect(try await cat.wait()[0].hasPrefix("[from hub-nightly @ "))
      #expect(
        try await mesh.send("--whoami", "--json").text == #"{"address":"hub","schema":1}"#)
    }
  }

  @Test func aChildOfTheServerMaySpeakForABusyPane() async throws {
    try await LocalMesh.with { mesh in
      let cat = try await mesh.cat("sink")
      try await mesh.tmux.call([
        "run-shell",
        "AGENT_NAME=hub-main-first \(mesh.sandbox.bin)/notify-pane hub-main-sink from the server",
      ])
      #expect(try await cat.wait()[0].hasPrefix("[from hub-main-first @ "))
      try await mesh.tmux.call([
        "run-shell",
        "AGENT_NAME=far-main-first \(mesh.sandbox.bin)/notify-pane hub-main-sink from the server",
      ])
      try await eventually("the refusal in the log") {
        try mesh.log.contains {
          $0.event == "run-shell" && $0.note?.contains("no address of this host") == true
        }
      }
      #expect(cat.lines.count == 1)
    }
  }

  @Test func repliesGoToTheSender() async throws {
    try await LocalMesh.with { mesh in
      let cat = try await mesh.cat("sink")
      let asker = try await mesh.tmux.first()
      let answerer = try await mesh.tmux.window("answerer")
      try await answerer.waitFor("$")
      let none = try await answerer.run("notify-pane", ["--reply", "too early"])
      #expect(none.status == 1 && none.errorText.contains("no message to answer"), "\(none)")
      #expect(try await asker.run("notify-pane", ["hub-main-answerer", "?"]).status == 0)
      let asked = try #require(try mesh.log.last?.id)
      let reply = try await answerer.run("notify-pane", ["--reply", "yes", "it", "is"])
      #expect(reply.text == "→ hub-main-first (hub[main:0]): shown", "\(reply)")
      #expect(try mesh.log.last?.field("in-reply-to") == asked)
      // Answers may be requested at another address.
      let elsewhere = ["--reply-to", "hub-main-sink", "hub-main-answerer", "?"]
      #expect(try await asker.run("notify-pane", elsewhere).status == 0)
      #expect(try await answerer.run("notify-pane", ["--reply"], stdin: [0x61]).status == 0)
      #expect(try await cat.wait()[0].hasSuffix("] a"))
      let id = "bbbbbbbbbbbbbbbbbbbbbbbbba"
      let other = ["--reply", "--in-reply-to", id, "b"]
      #expect(try await answerer.run("notify-pane", other).status == 0)
      #expect(try mesh.log.last?.field("in-reply-to") == id)
    }
  }

  @Test func aReplyDoesNotFollowToAThirdHost() async throws {
    try await LocalMesh.with { mesh in
      let (far, third) = (try ForeignHost("far"), try ForeignHost("third"))
      try far.pin(in: mesh)
      try third.pin(in: mesh)
      let shell = try await mesh.tmux.first()
      try await shell.waitFor("$")
      try await shell.set("@agent-allow", "host:far")
      var letter = try Letter(from: "far-a-b", of: far.host, to: "hub-main-first", in: mesh)
      letter.statement.replyTo = try Address(validating: "third-x-y")
      #expect(try await mesh.deliver(letter, by: far).verdict == "shown -")
      try await shell.waitFor("reply-to third-x-y")
      let ran = try await shell.run("notify-pane", ["--reply", "x"])
      #expect(ran.status == 1 && ran.errorText.contains("third-x-y"), "\(ran)")
      #expect(ran.errorText.contains("nothing was sent"))
    }
  }
}
