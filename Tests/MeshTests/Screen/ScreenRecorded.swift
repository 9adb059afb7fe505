import FoundationEssentials
import Mesh
import TestSupport
import Testing

/// Recorded screens of real programs, taken from the terminal: `NAME-STATE.txt` is
/// `capture-pane -p -e`, `NAME-STATE.fmt` contains the formats.
enum Recorded {
  struct Pair: Sendable, CustomTestStringConvertible {
    let name: String
    let program: String
    let state: String
    /// `yes`, `no` or `queued`, if that was measured.
    let submit: String?
    let recording: Recording
    let capture: [UInt8]
    /// Drawn from a description, not recorded from a program.
    let isDrawn: Bool
    var testDescription: String { name }

    func read(_ change: (inout PaneFacts) -> Void = { _ in }) -> Reading {
      var facts = recording.facts
      change(&facts)
      return ScreenReader.read(facts, recording.screen, profiles: Profile.all())
    }
  }

  static let folder = Repository.path("Tests/Screens")

  /// Every pair of the folder and its subfolders, with its label if there is one.
  static let pairs: [Pair] = {
    guard let names = try? FileManager.default.subpathsOfDirectory(atPath: folder) else {
      return []
    }
    let labels = names.filter { $0.hasSuffix("labels.tsv") }.reduce(into: [String: String]()) {
      for line in lines("\(folder)/\($1)") {
        let fields = line.split(separator: "\t").map(String.init)
        if fields.count == 3 { $0[fields[0]] = fields[2] }
      }
    }
    return names.filter { $0.hasSuffix(".fmt") }.sorted().compactMap { pair(folder, $0, labels) }
  }()

  static func pairs(_ programs: String..., states: Set<String> = []) -> [Pair] {
    pairs.filter { programs.contains($0.program) && (states.isEmpty || states.contains($0.state)) }
  }

  private static func pair(_ folder: String, _ path: String, _ labels: [String: String]) -> Pair? {
    let stem = "\(folder)/\(path.dropLast(4))"
    let name = String(path.dropLast(4).split(separator: "/").last ?? "")
    let parts = name.split(separator: "-")
    guard let formats = bytes("\(stem).fmt"), let capture = bytes("\(stem).txt"), parts.count >= 2,
      let recording = Recording(
        formats: String(decoding: formats, as: UTF8.self), capture: capture)
    else { return nil }
    let program = parts[0].split(separator: "_").first.map(String.init) ?? ""
    return Pair(
      name: name, program: program, state: String(parts[parts.count - 1]), submit: labels[name],
      recording: recording, capture: capture, isDrawn: path.hasPrefix("drawn/"))
  }

  static func bytes(_ path: String) -> [UInt8]? {
    (try? Data(contentsOf: URL(filePath: path))).map(Array.init)
  }

  private static func lines(_ path: String) -> [Substring] {
    String(decoding: bytes(path) ?? [], as: UTF8.self).split(separator: "\n")
  }
}
