import Mesh
import Testing

@Suite struct HistoryChainTests {
  private static func lines(_ count: Int) -> [(text: [UInt8], previous: String)] {
    var head = LogChain.beginning
    return (0..<count).map { number in
      let text = Array("line \(number) after \(head)".utf8)
      defer { head = LogChain.hash(text) }
      return (text, head)
    }
  }

  private static func check(
    _ lines: [(text: [UInt8], previous: String)], noted: String? = nil
  ) -> [LogFault] {
    var chain = LogChain(noted: noted)
    let faults = lines.compactMap { chain.take($0.text, previous: $0.previous) }
    return faults + [chain.fault].compactMap(\.self)
  }

  @Test func unbroken() {
    #expect(Self.check([]).isEmpty)
    #expect(Self.check(Self.lines(20)).isEmpty)
  }

  @Test func anEditAnywhereButAtTheEndIsFound() {
    for number in 0..<9 {
      var lines = Self.lines(10)
      lines[number].text[0] ^= 1
      #expect(Self.check(lines) == [.broken])
    }
  }

  @Test func anEditAtTheEndIsFoundByTheHead() {
    var lines = Self.lines(10)
    let head = LogChain.hash(lines[9].text)
    #expect(Self.check(lines, noted: head).isEmpty)
    lines[9].text[0] ^= 1
    #expect(Self.check(lines).isEmpty)
    #expect(Self.check(lines, noted: head) == [.headMissing])
  }

  @Test func aGapIsFound() {
    for number in 1..<9 {
      var lines = Self.lines(10)
      lines.remove(at: number)
      #expect(Self.check(lines) == [.broken])
    }
    #expect(Self.check(Array(Self.lines(10).dropFirst())) == [.beginsInTheMiddle])
  }

  @Test func aTruncationIsFoundByTheHeadAlone() {
    let lines = Self.lines(10)
    let head = LogChain.hash(lines[9].text)
    for count in 0..<10 {
      #expect(Self.check(Array(lines.prefix(count))).isEmpty)
      #expect(Self.check(Array(lines.prefix(count)), noted: head) == [.headMissing])
    }
    // An older hash is still among the lines of a longer history.
    #expect(Self.check(lines, noted: LogChain.hash(lines[3].text)).isEmpty)
    #expect(Self.check(lines, noted: LogChain.beginning).isEmpty)
  }
}
