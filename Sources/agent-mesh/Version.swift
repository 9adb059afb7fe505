internal import MeshHost

/// The one place that names this version; the release scripts read it from here.
enum Version {
  /// What peers are told and what `deploy` compares.
  static let text = "0.1.0"

  /// What `--version` prints: the version and the commit it was built from, where that is known.
  static var full: String { OwnProgram.commit.isEmpty ? text : "\(text) (\(OwnProgram.commit))" }
}
