/// The units of `agent-mesh timer`, byte for byte the files in `systemd/`: a deployed host has no copy of those.
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
