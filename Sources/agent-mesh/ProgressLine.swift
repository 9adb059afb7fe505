internal import MeshHost
internal import Synchronization

/// How far something long has come: on a terminal only, after a second, a few times a second, and gone when it is done.
final class ProgressLine: Sendable {
  private let began = ContinuousClock.now
  private let last = Mutex<ContinuousClock.Instant?>(nil)
  private let wanted = Standard.isTerminal(.error)

  func show(_ done: Int64, of all: Int64) {
    guard wanted else { return }
    let now = ContinuousClock.now
    last.withLock { last in
      if done >= all {
        if last != nil { Standard.write("\r\u{1B}[K", to: .error) }
        last = nil
        return
      }
      guard now - began >= .seconds(1) else { return }
      if let last, now - last < .milliseconds(200) { return }
      last = now
      let percent = all > 0 ? Int(clamping: done * 100 / all) : 100
      Standard.write(
        "\r\u{1B}[K\(ByteCount.text(done)) of \(ByteCount.text(all)), \(percent) %", to: .error)
    }
  }
}

/// Bytes for people.
enum ByteCount {
  static func text(_ bytes: Int64) -> String {
    var value = Double(bytes)
    for unit in ["B", "kB", "MB"] {
      if value < 1000 { return unit == "B" ? "\(bytes) B" : "\(rounded(value)) \(unit)" }
      value /= 1000
    }
    return "\(rounded(value)) GB"
  }

  private static func rounded(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return value < 10 ? "\(tenths / 10).\(tenths % 10)" : "\(tenths / 10)"
  }
}
