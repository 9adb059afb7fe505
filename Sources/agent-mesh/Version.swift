internal import MeshHost

/// The only place that contains this version; the release scripts read it from here.
enum Version {
  /// The version that peers see and that `deploy` compares.
  static let text = "0.1.0"

  /// The output of `--version`: the version, and the commit it was built from if known.
  static var full: String { OwnProgram.commit.isEmpty ? text : "\(text) (\(OwnProgram.commit))" }
}
