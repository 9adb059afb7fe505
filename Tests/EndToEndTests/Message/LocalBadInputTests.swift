import Mesh
import MeshCrypto
import TestSupport
import Testing

/// Envelopes with a single fault, passed to the receiving side as another host would.
@Suite struct LocalBadInputTests {
  /// A mesh with a pinned host `far` that may write to a `cat`.
  static func with(
    _ body: (LocalMesh, ForeignHost, Cat) async throws -> Void
  ) async throws {
    try await LocalMesh.with { mesh in
      let far = try ForeignHost("far")
      try far.pin(in: mesh)
      let cat = try await mesh.cat("sink")
      try await cat.pane.set("@agent-allow", "host:far")
      try await body(mesh, far, cat)
    }
  }

  static func letter(_ mesh: LocalMesh, _ far: ForeignHost, at: Int64 = 0, life: Int64 = 60_000)
    throws -> Letter
  {
    try Letter(from: "far-a-b", of: far.host, to: "hub-main-sink", in: mesh, at: at, life: life)
  }

  @Test func aGoodOneIsTypedAndProven() async throws {
    try await Self.with { mesh, far, cat in
      let letter = try Self.letter(mesh, far)
      let answer = try await mesh.deliver(letter, by: far)
      #expect(answer.verdict == "submitted -", "\(answer.ran)")
      #expect(answer.receipt?.to?.text == "hub-main-sink")
      let id = letter.statement.id
      #expect(
        try await cat.wait()
          == ["[from far-a-b @ \(letter.statement.time)] [verified \(id.short)] hello"])
    }
  }

  @Test func cutAndOverlong() async throws {
    try await Self.with { mesh, far, cat in
      let letter = try Self.letter(mesh, far)
      let whole = letter.signed(by: far)
      for count in [0, 1, 5, 30, 200, letter.statementBytes.count + 40, whole.count - 6] {
        let answer = try await mesh.deliver(Array(whole.prefix(count)), about: letter)
        #expect(answer.receipt == nil && answer.ran.status == 6, "\(count): \(answer.ran)")
        #expect(answer.ran.errorText.contains("nothing was typed"))
      }
      let body = try await mesh.deliver(Array(whole.dropLast(2)), about: letter)
      #expect(body.verdict == "failed truncated")
      for first in [
        "AMSH1 99999 300 5\n", "AMSH1 300 9999 5\n", "AMSH1 -1 300 5\n", "AMSH1 010 300 5\n",
        "AMSH2 300 300 5\n", "GET / HTTP/1.0\n", String(repeating: "A", count: 100_000),
      ] {
        let ran = try await mesh.run(
          "agent-register-hook", ["deliver"], stdin: Array(first.utf8) + whole)
        #expect(ran.status == 6 && ran.text == "AMSH1 ready", "\(first.prefix(20)): \(ran)")
      }
      // An envelope that was cut short may be sent again in full.
      #expect(try await mesh.deliver(letter, by: far).verdict == "submitted -")
      #expect(try await cat.wait().count == 1)
      // Bytes after the end are malformed input.
      let more = try Self.letter(mesh, far)
      let answer = try await mesh.deliver(more.signed(by: far) + [0x41, 0x0a], about: more)
      #expect(answer.verdict == "not-authentic malformed")
      #expect(try await cat.wait().count == 1)
    }
  }

  @Test func tooLongABodyAndAWrongOne() async throws {
    try await Self.with { mesh, far, cat in
      var long = try Self.letter(mesh, far)
      long.body = [UInt8](repeating: 0x61, count: 65537)
      long.statement.length = long.body.count
      long.statement.digest = Digest.hex(Digest.blake2b256(long.body))
      #expect(try await mesh.deliver(long, by: far).verdict == "refused text")
      var huge = try Self.letter(mesh, far)
      huge.statement.length = 9_999_999_999_999
      let framed = SSHSignature.make(
        over: huge.statementBytes, namespace: huge.namespace, by: far.key)
      let head = "AMSH1 \(huge.statementBytes.count) \(framed.count) 9999999999999\n"
      let answer = try await mesh.deliver(
        Array(head.utf8) + huge.statementBytes + framed, about: huge)
      #expect(answer.verdict == "refused text")
      var other = try Self.letter(mesh, far)
      other.body = Array("hellO".utf8)
      #expect(try await mesh.deliver(other, by: far).verdict == "not-authentic digest")
      for (bytes, name) in [([0xc3, 0x28], "not UTF-8"), (Array("a\u{E0041}b".utf8), "tags")] {
        var letter = try Self.letter(mesh, far)
        letter.body = bytes.map { UInt8($0) }
        letter.statement.length = letter.body.count
        letter.statement.digest = Digest.hex(Digest.blake2b256(letter.body))
        #expect(try await mesh.deliver(letter, by: far).verdict == "refused text", "\(name)")
      }
      #expect(cat.text.isEmpty)
    }
  }

  @Test func signatures() async throws {
    try await Self.with { mesh, far, cat in
      let letter = try Self.letter(mesh, far)
      let unsigned = letter.framed(Array("-\n".utf8))
      #expect(
        try await mesh.deliver(unsigned, about: letter).verdict == "not-authentic signature")
      for namespace in ["slice@agent-mesh", "receipt@agent-mesh", "file", "message@agent-mesh "] {
        var letter = letter
        letter.namespace = namespace
        #expect(
          try await mesh.deliver(letter, by: far).verdict == "not-authentic signature",
          "\(namespace)")
      }
      var good = SSHSignature.make(
        over: letter.statementBytes, namespace: letter.namespace, by: far.key)
      good[120] = good[120] == 0x41 ? 0x42 : 0x41
      let flipped = try await mesh.deliver(letter.framed(good), about: letter)
      #expect(flipped.receipt?.disposition.outcome == .notAuthentic)
      // Signed in its name with an unknown key.
      let stranger = try ForeignHost("far")
      #expect(
        try await mesh.deliver(letter, by: stranger).verdict == "not-authentic key-changed")
      // A statement other than the signed one.
      var changed = letter
      changed.statement.to = try Address(validating: "hub-main-first")
      let signature = SSHSignature.make(
        over: letter.statementBytes, namespace: letter.namespace, by: far.key)
      #expect(
        try await mesh.deliver(changed.framed(signature), about: changed).verdict
          == "not-authentic signature")
      #expect(cat.text.isEmpty)
    }
  }

  @Test func keysThatAreNotPinnedAnyMoreOrYet() async throws {
    try await Self.with { mesh, far, cat in
      let nobody = try ForeignHost("nobody")
      let letter = try Letter(
        from: "nobody-a-b", of: nobody.host, to: "hub-main-sink", in: mesh)
      #expect(try await mesh.deliver(letter, by: nobody).verdict == "not-set-up unpinned")
      let late = try ForeignHost("late")
      try late.pin(
        in: mesh, options: #"namespaces="message@agent-mesh",valid-before="20200101000000Z""#)
      let out = try Letter(from: "late-a-b", of: late.host, to: "hub-main-sink", in: mesh)
      #expect(try await mesh.deliver(out, by: late).verdict == "not-set-up unpinned")
      let slices = try ForeignHost("slices")
      try slices.pin(in: mesh, options: #"namespaces="slice@agent-mesh""#)
      let only = try Letter(from: "slices-a-b", of: slices.host, to: "hub-main-sink", in: mesh)
      #expect(try await mesh.deliver(only, by: slices).verdict == "not-set-up unpinned")
      try far.revoke(in: mesh)
      #expect(
        try await mesh.deliver(try Self.letter(mesh, far), by: far).verdict
          == "not-authentic revoked")
      #expect(cat.text.isEmpty)
    }
  }

  @Test func aSenderThatItsHostDoesNotOwn() async throws {
    try await Self.with { mesh, far, cat in
      let near = try ForeignHost("far-near")
      try near.pin(in: mesh)
      for from in ["hub-main-first", "hub", "other-a-b", "farther-a", "far-near-x", "far-near"] {
        let letter = try Letter(from: from, of: far.host, to: "hub-main-sink", in: mesh)
        #expect(
          try await mesh.deliver(letter, by: far).verdict == "not-authentic spoofed", "\(from)")
      }
      // Our own name with another host's key.
      let ours = try Letter(
        from: "hub-main-first", of: try Host(validating: "hub"), to: "hub-main-sink", in: mesh)
      #expect(try await mesh.deliver(ours, by: far).verdict == "not-authentic key-changed")
      #expect(cat.text.isEmpty)
    }
  }

  @Test func recipientsThatAreNotHere() async throws {
    try await Self.with { mesh, far, cat in
      for to in ["hub-main-nothing", "hub", "hub-main-sink-7", "hub-main-sink.7"] {
        let letter = try Letter(from: "far-a-b", of: far.host, to: to, in: mesh)
        #expect(try await mesh.deliver(letter, by: far).verdict == "unknown-agent -", "\(to)")
      }
      // We sign nothing as a host that we are not.
      var letter = try Self.letter(mesh, far)
      letter.statement.toHost = try Host(validating: "other")
      letter.statement.to = try Address(validating: "other-main-sink")
      #expect(try await mesh.deliver(letter, by: far).receipt?.disposition.outcome == .unknownAgent)
      var key = try Self.letter(mesh, far)
      key.statement.toKey = far.key.publicKey.fingerprint
      #expect(try await mesh.deliver(key, by: far).verdict == "not-authentic key-changed")
      let gone = try Self.letter(mesh, far)
      try await cat.pane.kill()
      #expect(try await mesh.deliver(gone, by: far).verdict == "unknown-agent -")
    }
  }

  @Test(arguments: [
    (-120_000, 60_000, "not-authentic stale"), (-61_000, 60_000, "not-authentic stale"),
    (90_000, 60_000, "not-authentic clock"), (3_600_000, 60_000, "not-authentic clock"),
    (30_000, 60_000, "submitted -"), (-200_000, 299_000, "submitted -"),
    (0, 300_001, "not-authentic malformed"), (0, -1, "not-authentic malformed"),
  ])
  func times(_ at: Int, _ life: Int, _ verdict: String) async throws {
    try await Self.with { mesh, far, cat in
      let letter = try Self.letter(mesh, far, at: Int64(at), life: Int64(life))
      let answer = try await mesh.deliver(letter, by: far)
      #expect(answer.verdict == verdict, "\(answer.ran)")
      if verdict.hasPrefix("not") { #expect(cat.text.isEmpty) }
    }
  }

  @Test func kindsThatAreNoMessage() async throws {
    try await Self.with { mesh, far, cat in
      var status = try Self.letter(mesh, far)
      status.statement.kind = .status
      status.statement.inReplyTo = MessageID.random()
      status.body = []
      status.statement.length = 0
      status.statement.digest = Digest.hex(Digest.blake2b256([]))
      #expect(try await mesh.deliver(status, by: far).verdict == "unknown no-record")
      // The outcome of a message that did arrive.
      let letter = try Self.letter(mesh, far)
      #expect(try await mesh.deliver(letter, by: far).verdict == "submitted -")
      status.statement.id = try #require(MessageID.random())
      status.statement.inReplyTo = letter.statement.id
      #expect(try await mesh.deliver(status, by: far).verdict == "submitted -")
      // A host learns nothing about another host's messages.
      let other = try ForeignHost("other")
      try other.pin(in: mesh)
      status.statement.id = try #require(MessageID.random())
      status.statement.from = try Address(validating: "other-a-b")
      status.statement.fromHost = other.host
      #expect(try await mesh.deliver(status, by: other).verdict == "unknown no-record")
      #expect(try await cat.wait().count == 1)
    }
  }
}
