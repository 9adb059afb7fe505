import Mesh
import MeshHost
import TestSupport
import Testing

/// Transcripts in the formats of Claude Code 2.1.332 and Codex 0.163.0.
@Suite struct TranscriptTests {
  private let id = MessageID(random: Array(1...16))
  private var tag: String {
    "[from hub-a @ 2026-11-28T17:00:00.000Z] [verified \(id?.short ?? "")] hello"
  }

  private func kind(_ line: String) -> TranscriptEntry.Kind? {
    guard let id, let entry = TranscriptEntry(Array(line.utf8)[...]), entry.tag == id.short else {
      return nil
    }
    return entry.kind
  }

  @Test func whatTheTwoAgentsWrite() {
    #expect(
      kind(
        #"{"timestamp":"t","type":"response_item","payload":{"type":"message","role":"user","content":[{"type":"input_text","text":"\#(tag)"}]}}"#
      ) == .user)
    #expect(
      kind(#"{"type":"user","message":{"role":"user","content":"\#(tag)"},"isMeta":false}"#)
        == .user)
    #expect(
      kind(
        #"{"type":"user","message":{"role":"user","content":[{"type":"text","text":"\#(tag)"}]}}"#)
        == .user)
    #expect(
      kind(#"{"type":"queue-operation","operation":"enqueue","content":"\#(tag)"}"#) == .queued)
    let frame = #"Another Claude session sent a message:\n\#(tag)\n\nThis came from"#
    #expect(
      kind(
        #"{"type":"user","message":{"role":"user","content":"\#(frame)"},"origin":{"kind":"peer"}}"#
      ) == .user)
    #expect(
      kind(#"{"type":"attachment","attachment":{"type":"queued_command","prompt":"\#(tag)"}}"#)
        == .user)
  }

  @Test func whatAnAgentOnlyReadOrSaidIsNotWhatItWasGiven() {
    for line in [
      #"{"type":"response_item","payload":{"type":"message","role":"assistant","content":[{"type":"output_text","text":"\#(tag)"}]}}"#,
      #"{"type":"response_item","payload":{"type":"function_call_output","output":"\#(tag)"}}"#,
      #"{"type":"user","message":{"role":"user","content":[{"type":"tool_result","content":"\#(tag)"}]}}"#,
      #"{"type":"user","message":{"role":"user","content":"he wrote: \#(tag)"}}"#,
      #"{"type":"user","message":{"role":"user","content":"Another Claude session sent a message:\n\#(tag)"},"origin":{"kind":"human"}}"#,
      #"{"type":"queue-operation","operation":"dequeue","content":"\#(tag)"}"#,
      #"{"type":"assistant","message":{"role":"assistant","content":"\#(tag)"}}"#,
      #"{"type":"user","message":{"role":"user","content":""}}"#,
      #"{"type":"user","message":[]}"#, #"{"type":7}"#, "[", "", "null", tag,
    ] {
      #expect(kind(line) == nil, "\(line)")
    }
  }

  @Test func linesThatAreTooLongAndOthersAroundIt() throws {
    let id = try #require(id)
    let good = #"{"type":"user","message":{"role":"user","content":"\#(tag)"}}"#
    let long =
      #"{"type":"user","message":{"role":"user","content":"\#(tag)"#
      + String(repeating: "x", count: TranscriptEntry.lineLimit) + #""}}"#
    func has(_ text: String) -> Bool {
      TranscriptEntry.hasTag(Array(text.utf8), id, as: .user)
    }
    #expect(has("cut off\n\(good)\n{"))
    #expect(has(good))
    #expect(!has(long))
    #expect(has(long + "\n" + good))
    #expect(!has(String(good.dropLast())))
    #expect(!has(""))
    let quoted = #"{"type":"assistant","message":{"role":"assistant","content":"\#(tag)"}}"#
    #expect(has(quoted + "\n" + good))
  }

  private func end(_ path: String, _ start: Int64 = 0, _ limit: Int = 99) -> [UInt8]? {
    guard let file = SourceFile.own(path) else { return nil }
    return file.tail(from: start, limit: limit)
  }

  @Test func onlyAFileOfOursIsRead() throws {
    let scratch = try Scratch()
    let path = scratch.path + "/a.jsonl"
    try Files.write(path, "text")
    #expect(end(path) == Array("text".utf8))
    #expect(end(path, 2) == Array("xt".utf8))
    #expect(end(path, 0, 1) == Array("t".utf8))
    try Files.link(scratch.path + "/link", to: path)
    #expect(end(scratch.path + "/link") == nil)
    try Files.setMode(path, 0o622)
    #expect(end(path) == nil)
    #expect(end(scratch.path) == nil)
    #expect(end("/dev/zero") == nil)
    #expect(end("a.jsonl") == nil)
    try shell("mkfifo -m 600 \(scratch.path)/fifo")
    #expect(end(scratch.path + "/fifo") == nil)
  }
}
