import MeshHost
import TestSupport
import Testing

/// A way off the road, in one line of Swift, and the words with which the compiler refuses it.
struct Detour: Sendable {
  let line: String
  let refusal: String

  init(_ line: String, _ refusal: String) { (self.line, self.refusal) = (line, refusal) }
}

/// That nothing is skipped, forged or used twice on the way from received bytes to text that may be typed is
/// the compiler's to say: small files that try are compiled against the modules under test.
@Suite("The road from received to opened, as the compiler sees it")
struct RoadCompileTests {
  @Test("The whole road compiles")
  func whole() throws {
    let done = try RoadCompiler().compile([
      """
      func road(
        _ received: consuming Received, _ trusted: TrustedKeys, _ now: Timestamp, _ found: SeenRecord?,
        _ levels: AllowLevels, _ body: [UInt8]
      ) throws -> Opened? {
        let verified = try received.verified(with: trusted, at: now, peer: nil)
        let me = verified.statement.toHost
        guard case .fresh(let ticket) = Replay.judge(verified, found: found),
          case .admitted(let decision) = Access.judge(
            .init(verified, me: me), levels: levels, hosts: trusted.hosts)
        else { return nil }
        return try verified.authorised(by: decision, ticket).opened(payload: body)
      }
      """
    ])
    #expect(done.isWhole && done.errors.isEmpty, "\(done.output)")
  }

  private static let skipped = [
    Detour(
      "func a(_ r: consuming Received, _ d: AccessDecision, _ t: consuming ReplayTicket) throws { _ = try r.authorised(by: d, t) }",
      "value of type 'Received' has no member 'authorised'"),
    Detour(
      "func b(_ r: consuming Received) throws { _ = try r.opened(payload: []) }",
      "value of type 'Received' has no member 'opened'"),
    Detour(
      "func c(_ v: consuming Verified) throws { _ = try v.opened(payload: []) }",
      "value of type 'Verified' has no member 'opened'"),
    Detour(
      "func d(_ v: consuming Verified, _ t: consuming ReplayTicket) throws { _ = try v.authorised(by: { true }, t) }",
      "closure passed to parameter of type 'AccessDecision'"),
    Detour(
      "func e(_ v: consuming Verified, _ d: AccessDecision) throws { _ = try v.authorised(by: d) }",
      "missing argument for parameter #2"),
    Detour(
      "func f(_ v: consuming Verified, _ d: AccessDecision) throws { _ = try v.authorised(by: d, nil) }",
      "'nil' is not compatible with expected argument type 'ReplayTicket'"),
    Detour(
      "func g(_ r: consuming Received) { let v: Verified = r; _ = v.statement }",
      "cannot convert value of type 'Received' to specified type 'Verified'"),
    Detour(
      "func h(_ r: borrowing Received) { _ = Replay.judge(r, found: nil) }",
      "cannot convert value of type 'Received' to expected argument type 'Verified'"),
    Detour("extension Verified: Copyable {}", "conformance to 'Copyable' must occur in the same"),
  ]

  private static let forged = [
    Detour(
      "func i(_ s: Statement, _ k: VerifyingKey) -> Verified { Verified(statement: s, statementBytes: [], signature: [], key: k) }",
      "'Verified' initializer is inaccessible"),
    Detour(
      "func j(_ s: Statement, _ d: AccessDecision) -> Authorised { Authorised(statement: s, decision: d) }",
      "'Authorised' initializer is inaccessible"),
    Detour(
      "func k(_ s: Statement, _ d: AccessDecision, _ t: SafeText) -> Opened { Opened(statement: s, decision: d, text: t) }",
      "'Opened' initializer is inaccessible"),
    Detour(
      "func l(_ v: borrowing Verified) -> ReplayTicket { ReplayTicket(v) }",
      "'ReplayTicket' initializer is inaccessible"),
    Detour(
      "func m(_ s: VerifiedSender, _ r: AccessRule) -> AccessDecision { AccessDecision(sender: s, rule: r, standing: .own, namedByPane: true) }",
      "'AccessDecision' initializer is inaccessible"),
    Detour(
      "func n(_ v: inout Verified, _ s: Statement) { v.statement = s }",
      "'statement' is a 'let' constant"),
    Detour("func o(_ v: borrowing Verified) { copy(v) }", "conform to 'Copyable'"),
    Detour("func p(_ a: borrowing Authorised) { copy(a) }", "conform to 'Copyable'"),
    Detour("func q(_ o: borrowing Opened) { copy(o) }", "conform to 'Copyable'"),
    Detour("func r(_ t: borrowing ReplayTicket) { copy(t) }", "conform to 'Copyable'"),
    Detour("func s(_ r: borrowing Received) { copy(r) }", "conform to 'Copyable'"),
  ]

  private static let repeated = [
    Detour(
      "func a(_ r: consuming Received, _ t: TrustedKeys, _ n: Timestamp) throws { _ = try r.verified(with: t, at: n, peer: nil); _ = try r.verified(with: t, at: n, peer: nil) }",
      "'r' consumed more than once"),
    Detour(
      "func b(_ v: consuming Verified, _ d: AccessDecision, _ t: consuming ReplayTicket, _ u: consuming ReplayTicket) throws { _ = try v.authorised(by: d, t); _ = try v.authorised(by: d, u) }",
      "'v' consumed more than once"),
    Detour(
      "func c(_ v: consuming Verified, _ w: consuming Verified, _ d: AccessDecision, _ t: consuming ReplayTicket) throws { _ = try v.authorised(by: d, t); _ = try w.authorised(by: d, t) }",
      "'t' consumed more than once"),
    Detour(
      "func d(_ a: consuming Authorised) throws { _ = try a.opened(payload: []); _ = try a.opened(payload: []) }",
      "'a' consumed more than once"),
    Detour(
      "func e(_ o: consuming Opened) { let mine = o; _ = mine.text; _ = o.text }",
      "'o' used after consume"),
    Detour(
      "func f(_ r: borrowing Received, _ t: TrustedKeys, _ n: Timestamp) throws { _ = try r.verified(with: t, at: n, peer: nil) }",
      "'r' is borrowed and cannot be consumed"),
    Detour(
      "func g(_ a: consuming Authorised) throws { while true { _ = try a.opened(payload: []) } }",
      "'a' consumed in a loop"),
  ]

  @Test(
    "A step skipped, a step forged: each line is refused for its own reason",
    arguments: [skipped, forged])
  func detours(detours: [Detour]) throws { try expectRefused(detours) }

  // Found behind the types only, so that these lines cannot share a file with the others.
  @Test("A step taken twice: each line is refused for its own reason")
  func twice() throws { try expectRefused(Self.repeated) }

  private func expectRefused(_ detours: [Detour]) throws {
    let done = try RoadCompiler().compile(["func copy<T>(_ t: T) {}"] + detours.map(\.line))
    #expect(!done.isWhole)
    for (index, detour) in detours.enumerated() {
      let errors = done.errors.filter { $0.index == index + 1 }.map(\.text)
      #expect(
        errors.contains { $0.contains(detour.refusal) }, "\(detour.line)\n\(errors)\n\(done.output)"
      )
    }
  }
}

/// The compiler that built this test, on files of ours, against the modules beside this test.
struct RoadCompiler {
  struct Answer {
    /// Whether it made an object file.
    let isWhole: Bool
    /// Each with the index of the piece in which it stands.
    let errors: [(index: Int, text: String)]
    let output: String
  }

  private static let header = "import Mesh\nimport MeshCrypto\n"

  /// Compiles the pieces as one file. `-typecheck` would not do: it does not see what is consumed twice.
  func compile(_ pieces: [String]) throws -> Answer {
    let scratch = try Scratch()
    let file = scratch.path + "/road.swift"
    let text = Self.header + pieces.joined(separator: "\n") + "\n"
    try scratch.directory().writeAtomically("road.swift", bytes(text))
    let products = try #require(Self.products)
    let done = try Child.run(
      "swiftc",
      [
        "-c", "-swift-version", "6", "-package-name", Self.package, "-parse-as-library", "-I",
        products + "/Modules", "-Xcc",
        "-fmodule-map-file=\(Repository.root)/CSodium/module.modulemap", "-module-cache-path",
        scratch.path + "/cache", "-diagnostic-style", "llvm", "-o", scratch.path + "/road.o", file,
      ], deadline: .seconds(120))
    let output = String(decoding: done.err + done.out, as: UTF8.self)
    return Answer(
      isWhole: done.status == 0, errors: Self.errors(in: output, of: file, pieces), output: output)
  }

  /// SwiftPM names a root package by its folder, as an identifier: what is `package` in it is seen under that name only.
  private static let package = String(
    Repository.root.split(separator: "/").last.map { folder in
      folder.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
    } ?? [])

  /// From lines like `road.swift:3:10: error: …`.
  private static func errors(
    in output: String, of file: String, _ pieces: [String]
  ) -> [(index: Int, text: String)] {
    var pieceOfLine: [Int] = []
    for (index, piece) in pieces.enumerated() {
      pieceOfLine += piece.split(separator: "\n", omittingEmptySubsequences: false).map { _ in index
      }
    }
    let first = header.utf8.count { $0 == 10 } + 1
    return output.split(separator: "\n").compactMap { line in
      let parts = line.split(separator: ":", maxSplits: 4).map(String.init)
      guard parts.count == 5, parts[0] == file, parts[3] == " error", let number = Int(parts[1]),
        pieceOfLine.indices.contains(number - first)
      else { return nil }
      return (pieceOfLine[number - first], parts[4])
    }
  }

  /// The folder with the test's own program.
  private static var products: String? {
    for argument in CommandLine.arguments {
      guard let end = argument.firstRange(of: ".xctest") else { continue }
      return argument[..<end.lowerBound].lastIndex(of: "/").map { String(argument[..<$0]) }
    }
    return nil
  }
}
