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

  /// - Returns: an absolute path, or the value of `TMUX_BIN`; `nil` if there is none.
  static func path(_ environment: Environment) -> String? {
    if let said = environment.tmuxBinary { return said }
    let home = environment.home.map { home in belowHome.map { "\(home)/\($0)" } } ?? []
    let folders = (environment.path ?? "").split(separator: ":").map(String.init) + home + usual
    return folders.lazy.filter { $0.hasPrefix("/") }.map { "\($0)/tmux" }.first(where: runs)
  }

  private static func runs(_ path: String) -> Bool {
    guard let facts = try? FileStatus.ofPath(path, followLinks: true) else { return false }
    return facts.kind == .regular && facts.mode & 0o111 != 0
  }

  /// For the error message if nothing was found.
  static func missing(_ environment: Environment) -> String {
    "tmux in PATH (\(Printable.line(environment.path ?? "", limit: 200))) or where it mostly is"
  }
}
