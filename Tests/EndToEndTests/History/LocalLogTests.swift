#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import Mesh
import MeshCrypto
import TestSupport
import Testing

/// The log, and what stock tools say about our signatures.
@Suite struct LocalLogTests {
  @Test func everyLineIsJSONShortAndChained() async throws {
    try await LocalBadInputTests.with { mesh, far, cat in
      for _ in 0..<2 {
        _ = try await mesh.deliver(try LocalBadInputTests.letter(mesh, far), by: far)
      }
      _ = try await mesh.run("agent-register-hook", ["deliver"], stdin: Array("nonsense\n".utf8))
      _ = try await mesh.send("hub-main-sink", "a secret text")
      let long = String(repeating: "a", count: 120)
      var letter = try Letter(
        from: "far-\(long)", of: far.host, to: "hub-main-\(long)", in: mesh)
      letter.statement.replyTo = try Address(validating: "far-\(long)-x")
      _ = try await mesh.deliver(letter, by: far)
      let bytes = try #require(Files.read(mesh.agents + "/log/messages.jsonl"))
      #expect(bytes.last == 10)
      let lines = bytes.split(separator: 10).map { Array($0) }
      #expect(lines.count == 5 && lines.allSatisfy { $0.count < 4096 })
      var previous = "-"
      for (line, parsed) in zip(lines, try mesh.log) {
        #expect(parsed.previous == previous && parsed.schema == 1)
        previous = Digest.hex(Digest.blake2b256(line))
      }
      #expect(try mesh.log[2].event == "unreadable")
      #expect(try mesh.log.allSatisfy { $0.outcome != nil })
      #expect(!String(decoding: bytes, as: UTF8.self).contains("secret"))
      #expect(
        try await mesh.sandbox.must("stat", ["-c", "%a", mesh.agents + "/log/messages.jsonl"])
          == "600")
      _ = cat
    }
  }

  @Test func aHistoryThatCannotBeWrittenIsSaidToTheSender() async throws {
    try await LocalMesh.with { mesh in
      let sink = try await mesh.cat("sink")
      try await mesh.sandbox.must("mkdir", ["-p", mesh.agents + "/log/messages.jsonl"])
      try await mesh.sandbox.must("chmod", ["700", mesh.agents + "/log"])
      let sent = try await mesh.send("hub-main-sink", "x")
      #expect(
        sent.status == 0 && sent.errorText.contains("history could not be written"), "\(sent)")
      #expect(try await sink.wait()[0].hasSuffix(" x"))
      let doctor = try await mesh.run("agent-mesh", ["doctor"])
      #expect(doctor.status == 7 && doctor.text.contains("messages.jsonl"), "\(doctor)")
    }
  }

  @Test func whatWasRefusedBeforeItWasTakenHasItsOutcome() async throws {
    try await LocalMesh.with { mesh in
      let ran = try await mesh.send("--json", "hub-main-nobody", "x")
      let id = try #require(try JSONAnswer(ran).id)
      let status = try await mesh.send("--status", id)
      #expect(status.status == 2 && status.text.contains("unknown-agent"), "\(status)")
    }
  }

  @Test func linesOfManyAtOnceAreWholeAndChained() async throws {
    try await LocalMesh.with { mesh in
      _ = try await mesh.cat("sink")
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<12 { group.addTask { _ = try await mesh.send("hub-main-sink", "x") } }
        try await group.waitForAll()
      }
      let lines = (Files.read(mesh.agents + "/log/messages.jsonl") ?? []).split(separator: 10)
      let hashes = lines.map { Digest.hex(Digest.blake2b256(Array($0))) }
      #expect(lines.count == 12)
      #expect(try mesh.log.map(\.previous) == ["-"] + hashes.dropLast())
    }
  }

  /// A line cut short by a full disk or a kill does not damage the next.
  @Test func aTornLineStaysAlone() async throws {
    try await LocalMesh.with { mesh in
      _ = try await mesh.cat("sink")
      _ = try await mesh.send("hub-main-sink", "a")
      let file = mesh.agents + "/log/messages.jsonl"
      try Files.write(file, (Files.text(file) ?? "") + #"{"schema":1,"ti"#)
      _ = try await mesh.send("hub-main-sink", "b")
      let lines = (Files.read(file) ?? []).split(separator: 10)
      #expect(lines.count == 3)
      let last = try JSONDecoder().decode(LogLine.self, from: Data(lines.last ?? []))
      #expect(last.previous == Digest.hex(Digest.blake2b256(Array(lines[1]))))
    }
  }

  @Test func stockSshKeygenVerifiesWhatWeSign() async throws {
    try await LocalMesh.with { mesh in
      _ = try await mesh.cat("sink")
      #expect(try await mesh.send("hub-main-sink", "x").status == 0)
      try await mesh.sandbox.must("agent-discover", environment: mesh.tmux.outside)
      let signers = mesh.sandbox.path("signers")
      let key = try mesh.key.openSSH
      try Files.write(signers, "hub \(key)\n")
      func verify(_ bytes: [UInt8], _ signature: [UInt8], _ namespace: String) async throws {
        let file = mesh.sandbox.path("signature")
        try Files.write(file, signature)
        let arguments = ["-Y", "verify", "-f", signers, "-I", "hub", "-n", namespace, "-s", file]
        let ran = try await mesh.sandbox.run("ssh-keygen", arguments, stdin: bytes)
        #expect(ran.status == 0, "\(namespace): \(ran)")
      }
      let line = try #require(try mesh.log.last)
      let signature = try #require(
        (Files.text(mesh.agents + "/log/messages.jsonl") ?? "").split(separator: "\n").last
          .flatMap { try? JSONDecoder().decode(Signed.self, from: Data($0.utf8)) })
      try await verify(
        Array((line.statement ?? "").utf8), Array(signature.signature.utf8), "message@agent-mesh")
      try await verify(
        Files.read(mesh.agents + "/local.toml") ?? [],
        Files.read(mesh.agents + "/local.toml.sig") ?? [], "slice@agent-mesh")
      let entry = Files.read("\(mesh.agents)/seen/hub/\(line.id ?? "")") ?? []
      let start = try #require(entry.firstRange(of: Array("AMSR1 ".utf8))?.lowerBound)
      let receipt = try SignedReceipt(framed: Array(entry[start...]))
      try await verify(receipt.receiptBytes, receipt.signature, "receipt@agent-mesh")
    }
  }

  private struct Signed: Decodable { var signature: String }
}
