/// One typed or pasted input.
enum Key: Equatable {
  case text(String)
  /// A bracketed paste, its line ends converted to LF.
  case paste(String)
  case enter
  /// A typed LF (Ctrl-J).
  case lineFeed
  case backspace
  case left, right, up, down, home, end
  case escape
  case control(UInt8)
}

/// Turns the bytes of a terminal in raw mode into keys, however the bytes are split into reads.
struct KeyReader {
  private var pending: [UInt8] = []

  private static let pasteStart: [UInt8] = Array("\u{1B}[200~".utf8)
  private static let pasteEnd: [UInt8] = Array("\u{1B}[201~".utf8)

  /// Whether a lone ESC waits for bytes that may follow it.
  var isWaitingForEscape: Bool { pending == [0x1B] }

  mutating func feed(_ bytes: some Sequence<UInt8>) -> [Key] {
    pending += bytes
    var keys: [Key] = []
    var at = 0
    while at < pending.count, let (key, next) = key(at: at) {
      if let key { keys.append(key) }
      at = next
    }
    pending.removeFirst(at)
    return keys
  }

  /// Nothing followed the ESC, so it was the Escape key.
  mutating func flushEscape() -> [Key] {
    guard isWaitingForEscape else { return [] }
    pending = []
    return [.escape]
  }

  /// - Returns: nil when more bytes are needed; a nil key when the bytes are not recognised.
  private func key(at start: Int) -> (key: Key?, next: Int)? {
    let byte = pending[start]
    switch byte {
    case 0x1B: return sequence(at: start)
    case 0x0D: return (.enter, start + 1)
    case 0x0A: return (.lineFeed, start + 1)
    case 0x7F, 0x08: return (.backspace, start + 1)
    case 0x09: return (.text("\t"), start + 1)
    case 0..<0x20: return (.control(byte), start + 1)
    default: return text(at: start)
    }
  }

  private func text(at start: Int) -> (key: Key?, next: Int)? {
    var end = start
    while end < pending.count, pending[end] >= 0x20, pending[end] != 0x7F { end += 1 }
    if end == pending.count { end -= incompleteTail(pending[start...]) }
    guard end > start else { return nil }
    return (.text(String(decoding: pending[start..<end], as: UTF8.self)), end)
  }

  /// How many bytes at the end belong to an incomplete character.
  private func incompleteTail(_ bytes: ArraySlice<UInt8>) -> Int {
    for back in 1...3 where back <= bytes.count {
      let byte = bytes[bytes.endIndex - back]
      if byte & 0xC0 == 0x80 { continue }
      let needed = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
      return needed > back ? back : 0
    }
    return 0
  }

  private func sequence(at start: Int) -> (key: Key?, next: Int)? {
    let rest = pending[start...]
    if rest.starts(with: KeyReader.pasteStart) { return paste(at: start) }
    guard rest.count > 1 else { return nil }
    guard rest[start + 1] == UInt8(ascii: "[") || rest[start + 1] == UInt8(ascii: "O") else {
      return (.escape, start + 1)
    }
    guard let last = rest.dropFirst(2).firstIndex(where: { (0x40...0x7E).contains($0) }) else {
      return nil
    }
    return (KeyReader.named(rest[last]), last + 1)
  }

  private static func named(_ final: UInt8) -> Key? {
    switch final {
    case UInt8(ascii: "A"): .up
    case UInt8(ascii: "B"): .down
    case UInt8(ascii: "C"): .right
    case UInt8(ascii: "D"): .left
    case UInt8(ascii: "H"): .home
    case UInt8(ascii: "F"): .end
    default: nil
    }
  }

  private func paste(at start: Int) -> (key: Key?, next: Int)? {
    let from = start + KeyReader.pasteStart.count
    let mark = KeyReader.pasteEnd
    var at = from
    while at + mark.count <= pending.count {
      if pending[at] == 0x1B, pending[at...].starts(with: mark) {
        return (.paste(KeyReader.lines(pending[from..<at])), at + mark.count)
      }
      at += 1
    }
    return nil
  }

  private static func lines(_ bytes: ArraySlice<UInt8>) -> String {
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count)
    var afterReturn = false
    for byte in bytes {
      if byte != 0x0A || !afterReturn { out.append(byte == 0x0D ? 0x0A : byte) }
      afterReturn = byte == 0x0D
    }
    return String(decoding: out, as: UTF8.self)
  }
}
