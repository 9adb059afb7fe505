internal import ArgumentParser
internal import FoundationEssentials
internal import Mesh
internal import MeshHost
internal import Synchronization

/// Prints: data on stdout, everything else on stderr.
enum Output {
  /// The worst result of our writes so far: the disk may be full, or the reader may be gone.
  private static let worst = Mutex(Standard.Written.all)

  static func line(_ text: String) { bytes(Array((text + "\n").utf8)) }

  /// Lines that end with their own line feed.
  static func text(_ text: String) { bytes(Array(text.utf8)) }

  private static func bytes(_ bytes: [UInt8]) {
    let end = Standard.put(bytes)
    if end != .all { worst.withLock { $0 = end } }
  }

  /// Fails if the output is incomplete, so that the caller does not take a part for the whole.
  static func check() throws {
    switch worst.withLock({ $0 }) {
    case .all: return
    // As in `| head`: the reader had enough.
    case .readerGone: throw Failure.said(.usage)
    case .failed: throw Failure(.usage, "output", "the output could not all be written")
    }
  }

  /// For commands whose exit code is the answer: an output error must not
  /// replace a message's outcome.
  static func forgive() { worst.withLock { $0 = .all } }

  /// The terminal's columns; if unknown, `COLUMNS`; otherwise 80.
  static var columns: Int {
    TerminalDevice.columns() ?? Environment.current()["COLUMNS"].flatMap { Int($0) }
      .map { min(max($0, 20), 1000) } ?? 80
  }

  static func note(_ text: String) { Standard.write(text + "\n", to: .error) }

  /// One JSON object per line, with `schema`.
  static func json(_ object: JSONObject) {
    var object = object
    object["schema"] = 1
    encoded(object)
  }

  /// The same for a value that says itself what is printed of it.
  static func encoded(_ value: some Encodable) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let encoded = try? encoder.encode(value) else { return }
    bytes(Array(encoded) + [10])
  }

  /// One answer, for a program or for a person.
  static func say(_ text: String, _ object: JSONObject, json: Bool) {
    if json { Self.json(object) } else { line(text) }
  }

  /// Columns separated by two blanks, aligned by display width. The last column is not padded.
  static func table(_ rows: [[String]]) {
    let count = rows.map(\.count).max() ?? 0
    let widths = (0..<count).map { column in
      rows.map { column < $0.count ? DisplayWidth.of($0[column]) : 0 }.max() ?? 0
    }
    for row in rows {
      let cells = row.enumerated().map { column, cell in
        column == row.count - 1
          ? cell : cell + String(repeating: " ", count: widths[column] - DisplayWidth.of(cell))
      }
      line(cells.joined(separator: "  "))
    }
  }
}

/// What `--json` prints, written where it is made. A key without a value is left out.
/// agent-mesh-json(7) has every key.
struct JSONObject: Encodable, ExpressibleByDictionaryLiteral {
  private var fields: [String: any Encodable] = [:]

  init(dictionaryLiteral fields: (String, (any Encodable)?)...) {
    for (key, value) in fields { self.fields[key] = value }
  }

  subscript(key: String) -> (any Encodable)? {
    get { fields[key] }
    set { fields[key] = newValue }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: FieldName.self)
    for (key, value) in fields { try container.encode(value, forKey: FieldName(stringValue: key)) }
  }

  private struct FieldName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}

/// `--color`. Without it, NO_COLOR and the terminal's abilities decide.
enum ColorChoice: String, ExpressibleByArgument, CaseIterable {
  case auto, always, never

  var paint: Paint {
    switch self {
    case .always: return Paint(true)
    case .never: return Paint(false)
    case .auto:
      let environment = Environment.current()
      let dumb = (environment["TERM"] ?? "dumb") == "dumb"
      return Paint(Standard.isTerminal(.output) && environment.filled("NO_COLOR") == nil && !dumb)
    }
  }
}

/// The progress of something long: only on a terminal, after a second, a few times per second, and
/// removed at the end.
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

extension Child.Output {
  /// The last line of its stderr, made safe. ssh ends its own lines with CR LF.
  var lastError: String {
    SafeText.line(bytes: err.split(whereSeparator: { $0 == 10 || $0 == 13 }).last ?? [])
  }
}

/// Bytes in a form for people.
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

/// A line that says whom a command is waiting for: only on a terminal, after a second, and removed
/// after the wait.
final class WaitingLine {
  private let delayed: TimedText?

  init(_ text: String) {
    delayed =
      Standard.isTerminal(.error)
      ? TimedText("\r\u{1B}[K\(text)", to: .error, after: .seconds(1)) : nil
  }

  func stop() { if delayed?.stop() == true { Standard.write("\r\u{1B}[K", to: .error) } }
}
