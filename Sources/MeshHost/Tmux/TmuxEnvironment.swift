// Which tmux an environment means: the program, and the socket of its server.

/// Finds tmux: `TMUX_BIN`, then PATH, then the places of package managers, because cron, timers and
/// shells started by ssh often have a short PATH.
enum TmuxBinary {
  private static let belowHome = [
    ".local/bin", "bin", ".nix-profile/bin", ".local/state/nix/profile/bin", ".linuxbrew/bin",
    ".local/share/mise/shims",
  ]
  private static let usual = [
    "/usr/local/bin", "/usr/bin", "/bin", "/opt/homebrew/bin", "/home/linuxbrew/.linuxbrew/bin",
    "/run/current-system/sw/bin", "/nix/var/nix/profiles/default/bin", "/opt/local/bin",
    "/usr/pkg/bin", "/snap/bin",
  ]

  /// - Returns: an absolute path, or the value of `TMUX_BIN`.
  static func path(_ environment: Environment) throws(Tmux.Failure) -> String {
    if let said = environment.tmuxBinary { return said }
    let home = environment.home.map { home in belowHome.map { "\(home)/\($0)" } } ?? []
    let path = environment.path ?? ""
    let folders = path.split(separator: ":").map(String.init) + home + usual
    let found = folders.lazy.filter { $0.hasPrefix("/") }.map { "\($0)/tmux" }.first(where: runs)
    if let found { return found }
    let searched = "PATH (\(Printable.line(path, limit: 200))) or where it mostly is"
    throw .notFound(binary: "tmux in \(searched)")
  }

  private static func runs(_ path: String) -> Bool {
    guard let facts = try? FileStatus.ofPath(path, followLinks: true) else { return false }
    return facts.kind == .regular && facts.mode & 0o111 != 0
  }
}

/// The socket that the environment means.
enum TmuxSocket {
  static func path(_ environment: Environment) throws(Tmux.Failure) -> String {
    if let asked = environment.tmuxSocket {
      return asked.contains("/") ? try absolute(asked) : try named(asked, environment)
    }
    if let inside = environment.tmux?.split(separator: ",").first {
      return try absolute(String(inside))
    }
    return try named("default", environment)
  }

  private static func named(
    _ name: String, _ environment: Environment
  ) throws(Tmux.Failure) -> String {
    guard name != ".", name != ".." else { throw .insecureSocket(path: name) }
    return try absolute("\(folder(environment))/\(name)")
  }

  /// The directory where `-L` puts its sockets.
  static func folder(_ environment: Environment) -> String {
    "\(environment.tmuxDirectory ?? "/tmp")/\(folderName)"
  }

  static var folderName: String { "tmux-\(FileStatus.ourselves)" }

  private static func absolute(_ path: String) throws(Tmux.Failure) -> String {
    guard path.hasPrefix("/"), !path.utf8.contains(0), path.utf8.count <= 4096 else {
      throw .insecureSocket(path: Printable.line(path))
    }
    return path
  }
}
