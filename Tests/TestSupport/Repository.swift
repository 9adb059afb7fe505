/// Files of this repository that tests read: snippets, units, recordings, scripts.
public enum Repository {
  /// The checkout from which these tests were built, without a trailing slash.
  public static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

  public static func path(_ inside: String) -> String { "\(root)/\(inside)" }
}
