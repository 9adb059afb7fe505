import Testing

/// Other login shells than bash.
public enum Shells {
  /// Whether a shell is installed. `test.sh` installs them if it may; then a
  /// missing shell is a failure.
  public static func has(_ path: String) -> Bool {
    let isThere = Files.exists(path)
    if !isThere, Lab.isExpected { Issue.record("\(path) is not installed") }
    return isThere
  }
}
