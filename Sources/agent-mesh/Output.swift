internal import FoundationEssentials
internal import Mesh
internal import MeshHost

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

/// A failure as `--json` prints it.
struct FailureReport: Encodable {
  let schema = 1
  let ok = false
  let exit: Int32
  let reason: String
  let error: String
  let hint: String?

  init(_ failure: Failure) {
    exit = failure.code
    reason = failure.reason
    error = failure.text
    hint = failure.hint
  }
}
