import MeshHost
import TestSupport
import Testing

/// A line of Swift that leaves the receive path, and the compiler's error for it.
struct Detour: Sendable {
  let line: String
  let refusal: String

  init(_ line: String, _ refusal: String) { (self.line, self.refusal) = (line, refusal) }
}

/// On the way from received bytes to text that may be typed, the compiler itself ensures that no step is
/// skipped, forged or used twice: small files that try are compiled against the modules under test.
@Suite("The receive path from received to opened, as the compiler sees it")
struct DetourTests {
  @Test("The whole path compiles")
  func whole() throws {
    let done = try DetourCompiler().compile([
      """
      func path(
        _ received: consuming Received, _ trusted: TrustedKeys, _ now: Timestamp, _ found: SeenRecord?,
        _ levels: AllowLevels, _ body: [UInt8], _ me: Host, _ keys: [String], _ window: inout RateWindow,
        _ policy: Policy
      ) throws -> Opened? {
        let verified = try received.verified(with: trusted, at: now, peer: nil)
        let addressed = try verified.addressed(to: me, keys: keys)
        let current = try addressed.current(at: now, skew: policy.skew)
        let counted = try current.counted(in: &window, policy.rate)
        guard case .fresh(let ticket) = try Replay.judge(counted, found: found, swept: nil),
          case .admitted(let decision) = Access.judge(
            .init(counted, me: me), levels: levels, hosts: trusted.hosts)
        else { return nil }
        let authorised = try counted.authorised(
          by: decision, requireSeal: policy.requireSeal, ticket)
        return try authorised.opened(payload: body)
      }
      func question(
        _ received: consuming Received, _ trusted: TrustedKeys, _ now: Timestamp, _ me: Host, _ keys: [String],
        _ window: inout RateWindow, _ policy: Policy
      ) throws -> (about: MessageID, host: Host) {
        let verified = try received.verified(with: trusted, at: now, peer: nil)
        let current = try verified.addressed(to: me, keys: keys).current(at: now, skew: policy.skew)
        return try current.counted(in: &window, policy.rate).question()
      }
      """
    ])
    #expect(done.isWhole && done.errors.isEmpty, "\(done.output)")
  }

  /// For each check, the path without it.
  private static let skipped = [
    // The signature, the key, and the address's owner.
    Detour(
      "func verified(_ r: consuming Received, _ me: Host) throws { _ = try r.addressed(to: me, keys: []) }",
      "value of type 'Received' has no member 'addressed'"),
    // Whether the message is for this account.
    Detour(
      "func addressed(_ v: consuming Verified, _ n: Timestamp) throws { _ = try v.current(at: n, skew: 0) }",
      "value of type 'Verified' has no member 'current'"),
    // The time.
    Detour(
      "func current(_ a: consuming Addressed, _ w: inout RateWindow, _ p: Policy) throws { _ = try a.counted(in: &w, p.rate) }",
      "value of type 'Addressed' has no member 'counted'"),
    // The rate limit.
    Detour(
      "func rate(_ c: consuming Current, _ d: AccessDecision, _ t: consuming ReplayTicket) throws { _ = try c.authorised(by: d, requireSeal: .never, t) }",
      "value of type 'Current' has no member 'authorised'"),
    Detour(
      "func rateFirst(_ c: borrowing Current) throws { _ = try Replay.judge(c, found: nil, swept: nil) }",
      "cannot convert value of type 'Current' to expected argument type 'Counted'"),
    Detour(
      "func rateOfStatus(_ c: consuming Current) throws { _ = try c.question() }",
      "value of type 'Current' has no member 'question'"),
    // The replay check.
    Detour(
      "func replay(_ c: consuming Counted, _ d: AccessDecision) throws { _ = try c.authorised(by: d, requireSeal: .never) }",
      "missing argument for parameter #3"),
    Detour(
      "func replayed(_ c: consuming Counted, _ d: AccessDecision) throws { _ = try c.authorised(by: d, requireSeal: .never, nil) }",
      "'nil' is not compatible with expected argument type 'ReplayTicket'"),
    // The access list.
    Detour(
      "func access(_ c: consuming Counted, _ t: consuming ReplayTicket) throws { _ = try c.authorised(by: { true }, requireSeal: .never, t) }",
      "closure passed to parameter of type 'AccessDecision'"),
    // The seal that a policy requires.
    Detour(
      "func seal(_ c: consuming Counted, _ d: AccessDecision, _ t: consuming ReplayTicket) throws { _ = try c.authorised(by: d, t) }",
      "missing argument for parameter 'requireSeal'"),
    // All of those at once: nothing is opened before them.
    Detour(
      "func opened(_ c: consuming Counted) throws { _ = try c.opened(payload: []) }",
      "value of type 'Counted' has no member 'opened'"),
    // Received completely, with its digest, and made safe.
    Detour(
      "func whole(_ a: consuming Authorised) -> SafeText { a.text }",
      "value of type 'Authorised' has no member 'text'"),
    Detour(
      "func whatever(_ r: consuming Received) { let v: Verified = r; _ = v.statement }",
      "cannot convert value of type 'Received' to specified type 'Verified'"),
    Detour("extension Verified: Copyable {}", "conformance to 'Copyable' must occur in the same"),
  ]

  private static let forged = [
    Detour(
      "func i(_ s: Statement, _ k: VerifyingKey) -> Verified { Verified(statement: s, statementBytes: [], signature: [], key: k) }",
      "'Verified' initializer is inaccessible"),
    Detour(
      "func i2(_ p: Statement) -> Addressed { Addressed(p) }",
      "'Addressed' initializer is inaccessible"),
    Detour(
      "func i3(_ p: Statement) -> Current { Current(p) }", "'Current' initializer is inaccessible"),
    Detour(
      "func i4(_ p: Statement) -> Counted { Counted(p) }", "'Counted' initializer is inaccessible"),
    Detour(
      "func j(_ s: Statement, _ d: AccessDecision) -> Authorised { Authorised(statement: s, decision: d) }",
      "'Authorised' initializer is inaccessible"),
    Detour(
      "func k(_ s: Statement, _ d: AccessDecision, _ t: SafeText) -> Opened { Opened(statement: s, decision: d, text: t, digest: \"\") }",
      "'Opened' initializer is inaccessible"),
    Detour(
      "func l(_ v: borrowing Counted) -> ReplayTicket { ReplayTicket(v) }",
      "'ReplayTicket' initializer is inaccessible"),
    Detour(
      "func m(_ s: VerifiedSender, _ r: AccessRule) -> AccessDecision { AccessDecision(sender: s, rule: r, standing: .own, namedByPane: true) }",
      "'AccessDecision' initializer is inaccessible"),
    Detour(
      "func n(_ v: inout Verified, _ s: Statement) { v.statement = s }",
      "'statement' is a get-only property"),
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
      "func b(_ v: consuming Counted, _ d: AccessDecision, _ t: consuming ReplayTicket, _ u: consuming ReplayTicket) throws { _ = try v.authorised(by: d, requireSeal: .never, t); _ = try v.authorised(by: d, requireSeal: .never, u) }",
      "'v' consumed more than once"),
    Detour(
      "func c(_ v: consuming Counted, _ w: consuming Counted, _ d: AccessDecision, _ t: consuming ReplayTicket) throws { _ = try v.authorised(by: d, requireSeal: .never, t); _ = try w.authorised(by: d, requireSeal: .never, t) }",
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

  // The compiler finds these only after type checking, so these lines cannot share a file with the others.
  @Test("A step taken twice: each line is refused for its own reason")
  func twice() throws { try expectRefused(Self.repeated) }

  private func expectRefused(_ detours: [Detour]) throws {
    let done = try DetourCompiler().compile(["func copy<T>(_ t: T) {}"] + detours.map(\.line))
    #expect(!done.isWhole)
    for (index, detour) in detours.enumerated() {
      let errors = done.errors.filter { $0.index == index + 1 }.map(\.text)
      #expect(
        errors.contains { $0.contains(detour.refusal) }, "\(detour.line)\n\(errors)\n\(done.output)"
      )
    }
  }
}

/// Runs the compiler that built this test on small files, against the modules beside this test.
struct DetourCompiler {
  struct Answer {
    /// Whether the compiler produced an object file.
    let isWhole: Bool
    /// Each with the index of the piece that caused it.
    let errors: [(index: Int, text: String)]
    let output: String
  }

  private static let header = "import Mesh\nimport MeshCrypto\n"

  /// Compiles the pieces as one file. `-typecheck` is not enough: it does not detect values that are consumed twice.
  func compile(_ pieces: [String]) throws -> Answer {
    let scratch = try Scratch()
    let file = scratch.path + "/detour.swift"
    let text = Self.header + pieces.joined(separator: "\n") + "\n"
    try scratch.directory().writeAtomically("detour.swift", bytes(text))
    let products = try #require(Self.products)
    let done = try Child.run(
      "swiftc",
      [
        "-c", "-swift-version", "6", "-package-name", Self.package, "-parse-as-library", "-I",
        products + "/Modules", "-Xcc",
        "-fmodule-map-file=\(Repository.root)/CSodium/module.modulemap", "-module-cache-path",
        scratch.path + "/cache", "-diagnostic-style", "llvm", "-o", scratch.path + "/detour.o",
        file,
      ], deadline: .seconds(120))
    let output = String(decoding: done.err + done.out, as: UTF8.self)
    return Answer(
      isWhole: done.status == 0, errors: Self.errors(in: output, of: file, pieces), output: output)
  }

  /// SwiftPM names a root package after its folder, as an identifier: `package` declarations are visible under
  /// that name only.
  private static let package = String(
    Repository.root.split(separator: "/").last.map { folder in
      folder.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
    } ?? [])

  /// From lines like `detour.swift:3:10: error: …`.
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
