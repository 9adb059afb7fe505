internal import CLibrary

/// What the tests read: the bytes as they were read, and one JSON line per event.
struct Record {
  private let bytes: Int32
  private let events: Int32

  init(_ options: Options) {
    bytes = Record.open(options.record)
    events = Record.open(options.submissions)
  }

  func read(_ new: [UInt8]) { if bytes >= 0 { writeAll(new, to: bytes) } }

  /// `{"at":<ms of the monotonic clock>,"kind":"submitted","text":"…"}`, in one write.
  func happened(_ event: Event) {
    guard events >= 0 else { return }
    let kind = event.kind.rawValue
    let line = "{\"at\":\(clockNow()),\"kind\":\"\(kind)\",\"text\":\"\(escaped(event.text))\"}\n"
    writeAll(Array(line.utf8), to: events)
  }

  private static func open(_ path: String) -> Int32 {
    guard !path.isEmpty else { return -1 }
    return unsafe CLibrary.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
  }

  private func escaped(_ text: String) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x22: out += "\\\""
      case 0x5C: out += "\\\\"
      case 0..<0x20, 0x7F:
        let digits = String(scalar.value, radix: 16)
        out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }
}
