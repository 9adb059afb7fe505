internal import Mesh
internal import MeshCrypto

/// Other people's programs.
extension Doctor {
  static func tools(_ environment: Environment) -> [Finding] {
    let binary = (try? TmuxBinary.path(environment)) ?? "tmux"
    let tmux = version(
      "tmux", binary, ["-V"],
      environment.tmuxBinary == nil ? "sudo apt-get install tmux" : "unset TMUX_BIN")
    return tmux + version("ssh", "ssh", ["-V"], "sudo apt-get install openssh-client")
      + .ok("libsodium", Sodium.version)
  }

  private static func version(
    _ subject: String, _ program: String, _ arguments: [String], _ fix: String
  ) -> [Finding] {
    guard
      let done = try? Child.run(program, arguments, limit: 4096, deadline: .seconds(5)),
      done.status == 0
    else {
      return .fail(subject, "\(SafeText.line(program, limit: 80)) cannot be run", fix: fix)
    }
    return .ok(subject, SafeText.line(bytes: (done.out + done.err).prefix { $0 != 10 }))
  }
}

/// What install.sh puts in its place: names of the program, its folder in PATH, manual pages, timer.
extension Doctor {
  private static let names = [
    "notify-pane", "agent-register-hook", "agent-discover", "agent-self-identify",
    "sync-agent-registry", "agent-keys",
  ]

  func installationFindings() -> [Finding] { links() + loginPath() + manual() + timer() }

  /// Only an installation in `~/bin` is looked at: packages look after their own files.
  private var isInHome: Bool { exists("/bin/agent-mesh") }

  private func exists(_ path: String) -> Bool {
    (try? FileStatus.ofPath(site.home.home + path, followLinks: true)) != nil
  }

  private func links() -> [Finding] {
    guard isInHome else { return [] }
    return Doctor.names.filter { !exists("/bin/\($0)") }.flatMap { name -> [Finding] in
      .fail(
        "program", "~/bin/\(name) is missing", fix: "ln -sf agent-mesh ~/bin/\(name)", safe: true)
    }
  }

  /// tmux starts login shells, and /etc/profile sets PATH again: there our programs have to be found too.
  private func loginPath() -> [Finding] {
    guard isInHome else { return [] }
    let shell = site.environment.filled("SHELL") ?? "/bin/sh"
    let home = site.home.home
    let done = try? Child.run(
      "env",
      [
        "-i", "HOME=\(home)", "PATH=/usr/bin:/bin", "TERM=dumb", shell, "-lc",
        "command -v notify-pane",
      ],
      limit: 64 << 10, deadline: .seconds(5))
    guard let done, done.status != 0 else { return [] }
    let file = shell.hasSuffix("/zsh") ? "~/.zprofile" : "~/.profile"
    return .warn(
      "path", "~/bin is not in the PATH of a login shell, which tmux starts in each window",
      fix: "echo 'PATH=\"$HOME/bin:$PATH\"' >>\(file)")
  }

  private func manual() -> [Finding] {
    guard exists("/.local/share/man/man1/notify-pane.1"),
      let done = try? Child.run(
        "man", ["-w", "notify-pane"], limit: 4096, deadline: .seconds(5)), done.status != 0
    else { return [] }
    return .warn(
      "man", "man does not look into ~/.local/share/man",
      fix: "echo \"MANDATORY_MANPATH $HOME/.local/share/man\" >>~/.manpath")
  }

  private func timer() -> [Finding] {
    let files = [
      "/.config/systemd/user/agent-resync.timer", "/.config/systemd/user/agent-mesh.timer",
      "/Library/LaunchAgents/agent-mesh.plist", "/Library/LaunchAgents/io.agent-mesh.plist",
    ]
    if files.contains(where: exists) { return .ok("timer", "installed") }
    let cron = try? Child.run("crontab", ["-l"], limit: 1 << 20, deadline: .seconds(5))
    let text = String(decoding: cron?.out ?? [], as: UTF8.self)
    if text.contains("agent-discover") || text.contains("sync-agent-registry") {
      return .ok("timer", "in the crontab")
    }
    let usable = cron.map { $0.status == 0 || !$0.err.isEmpty } ?? false
    let systemd = try? Child.run(
      "systemctl", ["--user", "show-environment"], limit: 64 << 10, deadline: .seconds(5))
    return .warn(
      "timer", "none: what changed on a peer is noticed at the next command",
      fix: usable || systemd?.status == 0
        ? "agent-mesh timer install"
        : "sudo apt-get install cron && agent-mesh timer install --cron")
  }
}
