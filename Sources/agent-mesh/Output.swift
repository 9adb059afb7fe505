internal import FoundationEssentials
internal import Mesh
internal import MeshHost
internal import Synchronization

/// stdout is data; everything else goes to stderr.
enum Output {
  static func line(_ text: String) { Standard.write(text + "\n") }

  static func note(_ text: String) { Standard.write(text + "\n", to: .error) }

  /// One object a line.
  static func json(_ value: some Encodable) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let bytes = try? encoder.encode(value) else { return }
    Standard.write(Array(bytes) + [10])
  }

  /// Columns two blanks apart, aligned by display width; the last one ragged.
  static func table(_ rows: [[String]]) {
    let count = rows.map(\.count).max() ?? 0
    let widths = (0..<count).map { column in
      rows.map { column < $0.count ? DisplayWidth.of($0[column]) : 0 }.max() ?? 0
    }
    for row in rows {
      let cells = row.enumerated().map { column, cell in
        column == row.count - 1
          ? cell
          : cell + String(repeating: " ", count: widths[column] - DisplayWidth.of(cell))
      }
      line(cells.joined(separator: "  "))
    }
  }
}

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

/// One line that says whom a command is waiting for: on a terminal only, after a second, and gone when the wait is over.
final class WaitingLine {
  private let delayed: DelayedLine?

  init(_ text: String) {
    delayed =
      Standard.isTerminal(.error) ? DelayedLine("\r\u{1B}[K\(text)", after: .seconds(1)) : nil
  }

  func stop() {
    if delayed?.stop() == true { Standard.write("\r\u{1B}[K", to: .error) }
  }
}
