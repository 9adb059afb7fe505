internal import Mesh
internal import MeshHost

/// One file that is written for an agent, and how what is ours is put in and taken out.
enum SetupPart {
  /// All of the file is ours.
  case file(String, String)
  /// A marked block in a text that is the user's.
  case block(String, String)
  case claudeSettings(String)

  private static let begin = "<!-- agent-mesh: begin (agent-mesh setup --remove takes this out) -->"
  private static let end = "<!-- agent-mesh: end -->"

  var path: String {
    switch self {
    case .file(let path, _), .block(let path, _), .claudeSettings(let path): path
    }
  }

  var shown: String {
    switch self {
    case .file(_, let text), .block(_, let text): text
    case .claudeSettings: ClaudeSettings.shown
    }
  }

  func with(_ old: String?) throws -> String? {
    switch self {
    case .file(_, let text): text
    case .block(_, let text):
      [try without(old), "\(Self.begin)\n\(text)\n\(Self.end)\n"].compactMap(\.self)
        .joined(separator: "\n")
    case .claudeSettings(let path): try ClaudeSettings(old, path).with
    }
  }

  func without(_ old: String?) throws -> String? {
    guard let old else { return nil }
    switch self {
    case .file: return nil
    case .claudeSettings(let path): return try ClaudeSettings(old, path).without
    case .block:
      guard let from = old.firstRange(of: Self.begin), let to = old.firstRange(of: Self.end),
        from.upperBound <= to.lowerBound
      else { return old }
      var rest = String(old[..<from.lowerBound]) + old[to.upperBound...].drop { $0 == "\n" }
      while rest.hasSuffix("\n\n") { rest.removeLast() }
      return rest.isEmpty ? nil : rest
    }
  }
}

/// Small text files of other programs.
enum TextFile {
  private static let limit = 4 << 20

  /// - Returns: nil when there is none.
  static func read(_ path: String) throws -> String? {
    do { return String(decoding: try UserFile.read(path, limit: limit), as: UTF8.self) } catch {
      guard case .missing = error else {
        throw Failure.usage("\(error)", try: "ls -l \(Shell.quoted(path))")
      }
      return nil
    }
  }

  /// Keeps what was there the first time beside it. - Parameter new: nil: the file goes.
  static func replace(_ path: String, _ old: String?, by new: String?) throws {
    let kept = path + ".before-agent-mesh"
    if let old, try read(kept) == nil, new != nil { try UserFile.write(kept, Array(old.utf8)) }
    guard let new else {
      _ = try Child.run("rm", ["-f", "--", path, kept], deadline: .seconds(5))
      return
    }
    let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    _ = try Child.run("mkdir", ["-p", "--", folder.joined(separator: "/")], deadline: .seconds(5))
    try UserFile.write(path, Array(new.utf8))
  }
}
