import TestSupport
import Testing

/// install.sh on machines with an unusual setup.
@Suite struct InstallPlacesTests {
  /// A temporary directory without exec, a tmux.conf found only by XDG_CONFIG_HOME, and TPM as its last line.
  @Test(.enabled(if: Environment.isRoot && Environment.isLinux))
  func noExecInTMPDIRAndTmuxConfElsewhere() async throws {
    try await Sandbox.with { sandbox in
      let home = sandbox.path("h")
      let conf = home + "/cfg/tmux/tmux.conf"
      try Files.makeDirectory(home + "/cfg/tmux")
      let last = "run '~/.tmux/plugins/tpm/tpm'\n"
      try Files.write(conf, "set -g mouse on\n" + last)
      let line = """
        mkdir "$0/noexec" && mount -t tmpfs -o noexec none "$0/noexec" &&
          exec env -i HOME="$0" PATH="$PATH" TMPDIR="$0/noexec" XDG_CONFIG_HOME="$0/cfg" TMUX_TMPDIR="$0" \
            \(Repository.path("install.sh")) --binary \(sandbox.bin)/agent-mesh
        """
      let ran = try await sandbox.run("unshare", ["-m", "sh", "-c", line, home])
      #expect(ran.text.contains("programs in \(home)/bin"), "\(ran)")
      #expect(Files.exists(home + "/bin/notify-pane"))
      let text = Files.text(conf) ?? ""
      #expect(text.contains("source-file -q ~/.local/share/agent-mesh/agent-mesh.conf"), "\(text)")
      #expect(text.hasPrefix("set -g mouse on\n") && text.hasSuffix(last), "\(text)")
      #expect(!Files.exists(home + "/.tmux.conf"))
      #expect(Files.list(home + "/.cache").isEmpty)
    }
  }
}
