import Testing

/// The programs of this build, which are next to the tests' own.
public enum Programs {
  /// The build's folder.
  public static var directory: String {
    let path = CommandLine.arguments.first ?? ""
    return String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex))
  }

  /// Every name by which the binary can be called.
  public static let names = [
    "agent-mesh", "notify-pane", "agent-register-hook", "agent-discover", "agent-self-identify",
    "sync-agent-registry", "agent-keys",
  ]

  /// The program under test: `AGENT_MESH_TEST_PROGRAM`, otherwise the debug build's.
  public static var agentMesh: String {
    Environment.value("AGENT_MESH_TEST_PROGRAM") ?? directory + "/agent-mesh"
  }

  public static var testRecipient: String { directory + "/test-recipient" }

  /// The tmux to test with: `AGENT_MESH_TEST_TMUX`, otherwise the one in PATH.
  public static var tmux: String {
    Environment.value("AGENT_MESH_TEST_TMUX") ?? Environment.find("tmux", in: Environment.path)
      ?? "tmux"
  }

  /// Makes the links lead to the debug build's program, which is dynamically linked: LD_PRELOAD works with it, and
  /// it needs a libc.
  public static func useDebugBuild(in directory: String) throws {
    for name in names {
      Files.remove("\(directory)/\(name)")
      try Files.link("\(directory)/\(name)", to: Self.directory + "/agent-mesh")
    }
  }

  /// Creates links `<directory>/<name>` to the program for each name, to `test-recipient`, and to
  /// another tmux if one is set.
  public static func link(into directory: String, agentMesh: String = Programs.agentMesh) throws {
    try Files.makeDirectory(directory)
    for name in names { try Files.link("\(directory)/\(name)", to: agentMesh) }
    try Files.link("\(directory)/test-recipient", to: testRecipient)
    if let other = Environment.value("AGENT_MESH_TEST_TMUX") {
      try Files.link("\(directory)/tmux", to: other)
    }
  }
}

/// Files of this repository that tests read: snippets, units, recordings, scripts.
public enum Repository {
  /// The checkout from which these tests were built, without a trailing slash.
  public static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

  public static func path(_ inside: String) -> String { "\(root)/\(inside)" }
}

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
