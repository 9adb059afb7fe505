/// PEM armour: base64 between a BEGIN and an END line, in lines of 70 columns as OpenSSH writes
/// them. Used for key files and signatures.
struct Armour {
  private let begin: [UInt8]
  private let end: [UInt8]

  init(label: String) {
    begin = Array("-----BEGIN \(label)-----\n".utf8)
    end = Array("-----END \(label)-----\n".utf8)
  }

  func encode(_ bytes: [UInt8]) -> [UInt8] {
    var body = Base64.bytes(bytes.span)
    defer { Sodium.wipe(&body) }
    let lines = (body.count + 69) / 70
    var text: [UInt8] = []
    // Reserve everything now: growing would leave an unwiped copy of the secret in freed memory.
    text.reserveCapacity(begin.count + body.count + lines + end.count)
    text += begin
    for start in stride(from: 0, to: body.count, by: 70) {
      text += body[start..<min(start + 70, body.count)]
      text.append(UInt8(ascii: "\n"))
    }
    text += end
    return text
  }

  /// Returns the bytes between the lines. The lines may have any width.
  func decode(_ text: [UInt8]) throws(CryptoError) -> [UInt8] {
    try Base64.decode(text[body(of: text)], ignoring: "\n")
  }

  /// Like ``decode(_:)``, for a secret: it is never copied outside guarded memory.
  func decodeGuarded(_ text: [UInt8]) throws(CryptoError) -> GuardedMemory {
    try Base64.decodeGuarded(text.span.extracting(body(of: text)), ignoring: "\n")
  }

  private func body(of text: [UInt8]) throws(CryptoError) -> Range<Int> {
    guard text.starts(with: begin) else { throw .malformed("the BEGIN line is missing") }
    guard text.count >= begin.count + end.count, text.suffix(end.count) == end[...] else {
      throw .malformed("cut short, or bytes behind the END line")
    }
    return begin.count..<(text.count - end.count)
  }
}
