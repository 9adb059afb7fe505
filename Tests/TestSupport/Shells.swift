import Testing

/// Login shells that people have beside bash.
public enum Shells {
  /// Whether one is installed. `test.sh` installs them where it may, and there a missing one is a failure.
  public static func has(_ path: String) -> Bool {
    let isThere = Files.exists(path)
    if !isThere, Lab.isExpected { Issue.record("\(path) is not installed") }
    return isThere
  }
}
