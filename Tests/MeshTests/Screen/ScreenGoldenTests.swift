import Mesh
import TestSupport
import Testing

/// The expected reading of every recorded screen, in `Tests/Golden/screens.txt`, so that a change
/// shows as a difference. `AGENT_MESH_GOLDEN=write swift test --filter ScreenGolden` writes the
/// file; read the difference before you keep it.
@Suite("Screen: kept readings")
struct ScreenGoldenTests {
  @Test("every recorded screen is read as before")
  func readings() throws {
    let path = Repository.path("Tests/Golden/screens.txt")
    let made = Recorded.pairs.map(Self.line)
    if TestSupport.Environment.value("AGENT_MESH_GOLDEN") == "write" {
      return try Files.write(path, made.joined(separator: "\n") + "\n", mode: 0o644)
    }
    let kept = (Files.text(path) ?? "").split(separator: "\n").map(String.init)
    for change in made.difference(from: kept) {
      switch change {
      case .remove(_, let line, _): Issue.record("-\(line)")
      case .insert(_, let line, _): Issue.record("+\(line)")
      }
    }
  }

  /// Everything that `look --json` prints, and what else decides.
  private static func line(_ pair: Recorded.Pair) -> String {
    let reading = pair.read()
    let place = reading.composer.map { "\($0.row),\($0.column)" } ?? "-"
    return [
      pair.name, reading.state.rawValue, reading.beneathHuman.rawValue,
      reading.profile?.name ?? "-", reading.kind?.rawValue ?? "-", place,
      reading.lineIsEmpty ? "empty" : "-", reading.evidence.joined(separator: " | "),
    ].joined(separator: "\t")
  }
}
