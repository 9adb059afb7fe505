import TestSupport
import Testing

/// Program texts that are kept in `Tests/Golden`. A test makes each text again and compares.
/// `AGENT_MESH_GOLDEN=write swift test --filter Golden` writes the files; read the difference before you commit it.
enum Golden {
  static let folder = Repository.path("Tests/Golden")
  static var isWriting: Bool { TestSupport.Environment.value("AGENT_MESH_GOLDEN") == "write" }

  static func expect(
    _ text: String, _ name: String, _ place: SourceLocation = #_sourceLocation
  ) throws {
    let path = "\(folder)/\(name)"
    if isWriting {
      let above = path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex)
      try Files.makeDirectory(String(above), mode: 0o755)
      return try Files.write(path, text, mode: 0o644)
    }
    let kept = Files.text(path) ?? ""
    guard kept != text else { return }
    Issue.record(
      "Tests/Golden/\(name) is not what the program says:\n\(difference(kept, text))",
      sourceLocation: place)
  }

  /// The lines that only one of the two texts has.
  private static func difference(_ kept: String, _ made: String) -> String {
    let old = kept.split(separator: "\n", omittingEmptySubsequences: false)
    let new = made.split(separator: "\n", omittingEmptySubsequences: false)
    return new.difference(from: old).map {
      switch $0 {
      case .remove(let line, let text, _): "-\(line + 1): \(text)"
      case .insert(let line, let text, _): "+\(line + 1): \(text)"
      }
    }.prefix(60).joined(separator: "\n")
  }

  /// The text without what differs from run to run: folders, keys, ids and times are replaced.
  static func steady(_ text: String, homes: [(path: String, word: String)]) -> String {
    var text = text
    for (path, word) in homes { text = text.replacing(path, with: word) }
    text = text.replacing(#/SHA256:[A-Za-z0-9+\/]{43}/#, with: "SHA256:…")
    text = text.replacing(#/ssh-ed25519 [A-Za-z0-9+\/=]{40,}/#, with: "ssh-ed25519 …")
    text = text.replacing(#/\b[a-z2-7]{26}\b/#, with: "<id>")
    text = text.replacing(#/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/#, with: "<time>")
    text = text.replacing(#/port \d+/#, with: "port <n>")
    return text
  }
}
