import MeshCrypto
import TestSupport
import Testing

@testable import Mesh

@Suite struct OverviewAnswerTests {
  private static let statement = Array("a question".utf8)

  private static func answer(_ agents: [ToldAgent] = []) throws -> OverviewAnswer {
    OverviewAnswer(
      host: try Host(validating: "far"), statement: Digest.hex(Digest.sha256(statement)),
      time: Timestamp(milliseconds: 1_800_000_000_000), agents: agents)
  }

  private static func agents() throws -> [ToldAgent] {
    var row = try OverviewTableTests.row(
      "far-main-cat", window: "世 界%\u{1B}[2J-", state: .busyAccepting, program: "",
      role: "Code reviewer, 🙂", waiting: 3)
    row.since = Timestamp(milliseconds: 1_799_999_999_000)
    let plain = try OverviewTableTests.row("far-main-dash", window: "-", state: nil)
    return [
      ToldAgent(row, admitted: true), ToldAgent(plain, admitted: true),
      ToldAgent(row, admitted: false),
    ]
  }

  @Test func whatIsWrittenIsReadAgain() throws {
    let answer = try Self.answer(try Self.agents())
    let read = try OverviewAnswer(validating: answer.encoded)
    #expect(read.agents.map(\.address) == answer.agents.map(\.address))
    let more = try #require(read.agents[0].more)
    #expect(more.state == .busyAccepting && more.waiting == 3 && more.role == "Code reviewer, 🙂")
    #expect(more.since == Timestamp(milliseconds: 1_799_999_999_000) && more.program.isEmpty)
    #expect(!more.window.contains("\u{1B}") && more.window.hasPrefix("世 界%"))
    #expect(read.agents[1].more?.window == "-" && read.agents[1].more?.state == nil)
    #expect(read.agents[2].more == nil)
    #expect(try OverviewAnswer(validating: read.encoded) == read)
  }

  @Test func oneChangedByteIsRefusedOrReadsTheSameWayAgain() throws {
    let bytes = try Self.answer(try Self.agents()).encoded
    var random = SeededGenerator(seed: 14)
    for _ in 0..<3000 {
      var changed = bytes
      let place = Int.random(in: 0..<changed.count, using: &random)
      switch Int.random(in: 0..<3, using: &random) {
      case 0: changed[place] = UInt8.random(in: 0...255, using: &random)
      case 1: changed.remove(at: place)
      default: changed.insert(UInt8.random(in: 0...255, using: &random), at: place)
      }
      guard let read = try? OverviewAnswer(validating: changed) else { continue }
      #expect(try OverviewAnswer(validating: read.encoded).agents.count == read.agents.count)
    }
  }

  @Test(arguments: [
    "", "overview: 2\n", "overview: 1\nhost: FAR\n", "overview: 1\nhost: far\nstatement: x\n",
    "overview: 1\nhost: far\nstatement: x\ntime: now\n",
    "overview: 1\nhost: far\nstatement: x\ntime: 2026-11-22T07:31:39.120Z\nagent: far-a ready\n",
    "overview: 1\nhost: far\nstatement: x\ntime: 2026-11-22T07:31:39.120Z\nagent: far-a up 1 1 a b c d e f\n",
    "overview: 1\nhost: far\nstatement: x\ntime: 2026-11-22T07:31:39.120Z\nagent: far-a ready -1 1 a b c d e f\n",
    "overview: 1\nhost: far\nstatement: x\ntime: 2026-11-22T07:31:39.120Z\nagent: far-a ready 1 1 %zz b c d e f\n",
    "overview: 1\nhost: far\nstatement: x\ntime: 2026-11-22T07:31:39.120Z\nagent: far-a ready 1 1 %FF b c d e f\n",
    "overview: 1\nhost: far\nstatement: x\ntime: 2026-11-22T07:31:39.120Z\nagent: far-a ready 1 1 a%4 b c d e f\n",
    "overview: 1\nhost: far\nstatement: x\ntime: 2026-11-22T07:31:39.120Z",
  ])
  func malformedAnswersAreRefused(text: String) {
    #expect(throws: (any Error).self) { try OverviewAnswer(validating: Array(text.utf8)) }
  }

  @Test func onlyTheAskedKeyAndTheAskedQuestionCount() throws {
    let key = try SigningKey.generate()
    let other = try SigningKey.generate()
    let answer = try Self.answer(try Self.agents()).encoded
    func signed(_ namespace: Namespace) -> SignedOverview {
      SignedOverview(
        answer: answer,
        signature: SSHSignature.make(over: answer, namespace: namespace.rawValue, by: key))
    }
    let far = try Host(validating: "far")
    let good = signed(.receipt)
    #expect(try good.verified(by: [key.publicKey], from: far, Self.statement).agents.count == 3)
    #expect(throws: ReceiptError.signature) {
      try good.verified(by: [other.publicKey], from: far, Self.statement)
    }
    #expect(throws: ReceiptError.signature) {
      try signed(.message).verified(by: [key.publicKey], from: far, Self.statement)
    }
    #expect(throws: ReceiptError.another) {
      try good.verified(by: [key.publicKey], from: far, Array("another".utf8))
    }
    #expect(throws: ReceiptError.another) {
      try good.verified(
        by: [key.publicKey], from: try Host(validating: "farther"), Self.statement)
    }
    // No answer is a receipt, and no receipt an answer.
    #expect(throws: (any Error).self) { try Receipt(validating: answer) }
  }
}
