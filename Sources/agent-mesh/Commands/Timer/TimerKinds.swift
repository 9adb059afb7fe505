internal import Mesh
internal import MeshHost

/// A user unit. It runs while the user has a session, or always with `loginctl enable-linger`.
struct SystemdTimer: TimerKind {
  let name = "systemd"
  private let folder: String

  init(_ site: Site) {
    let config = site.environment.filled("XDG_CONFIG_HOME") ?? site.home.home + "/.config"
    folder = config + "/systemd/user"
  }

  /// The original's unit has this name too, so an upgrade replaces it and the work is not done
  /// twice.
  private static let unit = "agent-resync.timer"
  private static let service = "agent-resync.service"
  /// The names that early versions of this program used.
  private static let formerNames = ["agent-mesh.timer", "agent-mesh.service"]
  private func call(_ arguments: String...) -> (status: Int32, out: String, err: String) {
    TimerTool.run("systemctl", ["--user"] + arguments)
  }

  var isUsable: Bool { call("show-environment").status == 0 }

  func install() throws -> String {
    removeFormer()
    try TimerTool.write(folder, Self.service, TimerText.service)
    try TimerTool.write(folder, Self.unit, TimerText.timer)
    // A restart makes a running timer use the new times.
    for arguments in [["daemon-reload"], ["enable", "-q", Self.unit], ["restart", Self.unit]] {
      let done = TimerTool.run("systemctl", ["--user"] + arguments)
      guard done.status == 0 else {
        throw TimerTool.failure(
          "the units lie in \(folder), but the timer was not started", done.err,
          "systemctl --user daemon-reload && systemctl --user enable --now \(Self.unit)")
      }
    }
    return "systemd: \(Self.unit) is set, every five minutes\(linger)"
  }

  func remove() throws -> Bool {
    let former = removeFormer()
    guard TimerTool.text("\(folder)/\(Self.unit)") != nil else { return former }
    guard take([Self.unit, Self.service]) else {
      throw TimerTool.failure("the units cannot be removed", "", "ls -l \(folder)")
    }
    _ = call("daemon-reload")
    return true
  }

  /// - Parameter names: of a timer, and of its service.
  private func take(_ names: [String]) -> Bool {
    _ = call("disable", "--now", "-q", names[0])
    return TimerTool.run("rm", ["-f", "--"] + names.map { "\(folder)/\($0)" }).status == 0
  }

  /// - Returns: whether there was one.
  @discardableResult private func removeFormer() -> Bool {
    guard TimerTool.text("\(folder)/\(Self.formerNames[0])") != nil else { return false }
    return take(Self.formerNames)
  }

  func status() -> String? {
    guard let text = TimerTool.text("\(folder)/\(Self.unit)") else { return nil }
    let active = call("is-active", Self.unit)
    let state = active.out.split(separator: "\n").first.map(String.init) ?? "not running"
    let changed = text == TimerText.timer ? "" : ", not as this version writes it"
    return "\(SafeText.line(state))\(changed)\(linger)"
  }

  /// Without lingering, units of a user end with the last session.
  private var linger: String {
    let told = TimerTool.run("loginctl", ["show-user", "--property=Linger", "--value"])
    return told.out.hasPrefix("yes")
      ? ", also while you are not logged in"
      : ", while you are logged in (always: loginctl enable-linger)"
  }
}

/// A user agent of macOS.
struct LaunchdTimer: TimerKind {
  let name = "launchd"
  private let folder: String
  private var file: String { folder + "/agent-mesh.plist" }
  private var domain: String

  init(_ site: Site) {
    folder = site.home.home + "/Library/LaunchAgents"
    let uid = TimerTool.run("id", ["-u"]).out.filter { $0.isNumber }
    domain = "gui/\(uid)"
  }

  var isUsable: Bool { TimerTool.run("launchctl", ["print", domain]).status == 0 }

  func install() throws -> String {
    guard TimerTool.exists("launchctl") else {
      throw TimerTool.failure("there is no launchd here", "", "agent-mesh timer install")
    }
    try TimerTool.write(folder, "agent-mesh.plist", TimerText.plist)
    _ = TimerTool.run("launchctl", ["bootout", "\(domain)/agent-mesh"])
    let done = TimerTool.run("launchctl", ["bootstrap", domain, file])
    guard done.status == 0 else {
      throw TimerTool.failure(
        "\(file) is there, but was not loaded", done.err, "launchctl bootstrap \(domain) \(file)")
    }
    return "launchd: agent-mesh is set, every five minutes"
  }

  func remove() throws -> Bool {
    guard TimerTool.text(file) != nil else { return false }
    _ = TimerTool.run("launchctl", ["bootout", "\(domain)/agent-mesh"])
    return TimerTool.run("rm", ["-f", "--", file]).status == 0
  }

  func status() -> String? {
    guard TimerTool.text(file) != nil else { return nil }
    let loaded = TimerTool.run("launchctl", ["print", "\(domain)/agent-mesh"]).status == 0
    return loaded ? "loaded" : "not loaded"
  }
}

/// A line in the user's crontab, between the user's own.
struct CronTimer: TimerKind {
  let name = "cron"

  init(_ site: Site) {}

  private static let mark = "# agent-mesh timer"
  private static var line: String {
    TimerText.cron.split(separator: "\n").last.map(String.init) ?? ""
  }

  var isUsable: Bool {
    let told = TimerTool.run("crontab", ["-l"])
    return told.status == 0 || told.err.contains("no crontab")
  }

  /// The user's own lines; `nil` if they cannot be read, so that they are never overwritten.
  private func own() -> (lines: [String], isSet: Bool)? {
    let told = TimerTool.run("crontab", ["-l"])
    guard told.status == 0 || told.err.contains("no crontab") else { return nil }
    let lines = told.out.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let others = lines.filter { $0 != Self.mark && $0 != Self.line }
    return (others.last == "" ? others.dropLast() : others, others.count < lines.count)
  }

  private func write(_ lines: [String]) throws {
    let text = lines.map { $0 + "\n" }.joined()
    let done = TimerTool.run("crontab", ["-"], stdin: Array(text.utf8))
    guard done.status == 0 else {
      throw TimerTool.failure("the crontab was not taken", done.err, "crontab -e")
    }
  }

  func install() throws -> String {
    guard TimerTool.exists("crontab") else {
      throw TimerTool.failure(
        "there is no program crontab here", "",
        "sudo apt-get install cron && agent-mesh timer install --cron")
    }
    guard let own = own() else {
      throw TimerTool.failure("the crontab cannot be read", "", "crontab -l")
    }
    try write(own.lines + [Self.mark, Self.line])
    return "cron: \(Self.line)"
  }

  func remove() throws -> Bool {
    guard let own = own(), own.isSet else { return false }
    try write(own.lines)
    return true
  }

  func status() -> String? { own()?.isSet == true ? Self.line : nil }
}

/// The same bytes as the files in `systemd/`, which a deployed host does not have.
enum TimerText {
  static let service = #"""
    [Unit]
    Description=agent-mesh: reread this account's tmux panes and exchange the registry with the peers

    [Service]
    Type=oneshot
    ExecStart=%h/bin/agent-discover
    TimeoutStartSec=60
    # An ssh connection that others share may have been opened by this run: it is left to end by itself.
    KillMode=process
    Nice=10

    # Hardening by seccomp alone. Directives that make a mount or user namespace (PrivateTmp=, ProtectSystem=, ProtectHome=,
    # PrivateUsers= and their like) hide tmux's socket and make ssh fail with "Bad owner or permissions".
    NoNewPrivileges=yes
    SystemCallArchitectures=native
    SystemCallFilter=@system-service
    SystemCallErrorNumber=EPERM
    RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
    RestrictRealtime=yes
    RestrictSUIDSGID=yes
    LockPersonality=yes
    UMask=0077

    """#

  static let timer = #"""
    [Unit]
    Description=agent-mesh: every five minutes, in case a tmux hook or a peer was missed

    [Timer]
    # Persistent= catches up after sleep; it acts on OnCalendar= only.
    OnCalendar=*:0/5
    RandomizedDelaySec=60
    Persistent=true

    [Install]
    WantedBy=timers.target

    """#

  static let plist = #"""
    <?xml version="1.0" encoding="UTF-8"?>
    <!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
    <!-- launchd:  cp agent-mesh.plist ~/Library/LaunchAgents/  &&  launchctl bootstrap gui/$(id -u) ~/Library/LaunchAgents/agent-mesh.plist
         (launchd expands neither ~ nor variables in ProgramArguments, hence the shell) -->
    <plist version="1.0">
    <dict>
      <key>Label</key>
      <string>agent-mesh</string>
      <key>ProgramArguments</key>
      <array>
        <string>/bin/sh</string>
        <string>-c</string>
        <string>exec "$HOME/bin/agent-discover" >/dev/null 2>&amp;1</string>
      </array>
      <key>StartInterval</key>
      <integer>300</integer>
      <key>AbandonProcessGroup</key>
      <true/>
      <key>ProcessType</key>
      <string>Background</string>
    </dict>
    </plist>

    """#

  static let cron = #"""
    # cron: add this line with `crontab -e`. cron sets HOME; the program finds tmux's socket without TMUX.
    */5 * * * * "$HOME/bin/agent-discover" >/dev/null 2>&1

    """#
}
