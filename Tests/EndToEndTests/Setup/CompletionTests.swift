import TestSupport
import Testing

/// The completions that install.sh writes, in the shells themselves: TAB proposes what is there.
@Suite struct CompletionTests {
  private static let shells = ["bash", "zsh", "fish"]
  private static func has(_ shell: String) -> Bool {
    ["/bin", "/usr/bin", "/usr/local/bin"].contains { Files.exists("\($0)/\(shell)") }
  }

  /// A line before TAB, and what is among the proposals.
  private static let lines: [(line: String, wanted: String)] = [
    ("notify-pane hub-main-", "hub-main-reader"),
    ("notify-pane --reply-to hub-main-", "hub-main-reader"),
    ("notify-pane --status aaaa", "aaaaaaaa"), ("notify-pane --in-reply-to aaaa", "aaaaaaaa"),
    ("notify-pane --list --role proof", "proofreader"), ("notify-pane --list --host h", "hub"),
    ("notify-pane --whoa", "--whoami"), ("agent-mesh look hub-main-", "hub-main-reader"),
    ("agent-mesh ping h", "hub"), ("agent-mesh doc", "doctor"),
    ("agent-mesh queue cancel bbbb", "bbbbbbbb"),
    ("agent-mesh acl check hub-main-", "hub-main-reader"),
    ("agent-mesh log --with hub-main-", "hub-main-reader"), ("agent-keys show h", "hub"),
    ("agent-keys tr", "trust"),
  ]

  @Test(arguments: shells.filter(has))
  func liveNamesAreProposed(_ shell: String) async throws {
    try await LocalMesh.with { mesh in
      _ = try await mesh.cat("reader")
      _ = try await mesh.cat("busy")
      let folder = mesh.sandbox.path("completions")
      try Files.makeDirectory(folder)
      let prepared = """
        set -e
        agent-self-identify -t main:reader --role proofreader
        notify-pane --id aaaaaaaaaaaaaaaaaaaaaaaaaa hub-main-reader hi
        tmux copy-mode -t main:busy
        notify-pane --queue --id bbbbbbbbbbbbbbbbbbbbbbbbba hub-main-busy hi
        . '\(Repository.path("scripts/completions.sh"))'
        for name in agent-mesh notify-pane agent-keys; do
          write_completion "$HOME/bin/$name" \(shell) "\(folder)/_$name"
        done
        """
      try await mesh.sandbox.must("bash", ["-c", prepared], environment: mesh.tmux.outside)
      let asked = mesh.sandbox.path("asked")
      try Files.write(asked, Self.lines.map { $0.line + "\n" }.joined())
      let text = try await answers(mesh, shell, folder, asked)
      let answers = text.split(separator: "=== ").map(String.init)
      #expect(answers.count == Self.lines.count, "\(text)")
      for ((line, wanted), answer) in zip(Self.lines, answers) {
        let words = answer.split { $0.isWhitespace }.dropFirst(line.split(separator: " ").count)
        #expect(words.contains { $0 == wanted }, "\(shell): \(line): \(answer)")
      }
    }
  }

  private func answers(
    _ mesh: LocalMesh, _ shell: String, _ folder: String, _ asked: String
  ) async throws -> String {
    let path = "\(mesh.home)/bin:\(mesh.sandbox.environment["PATH"] ?? "")"
    guard shell == "fish" else {
      let words = shell == "bash" ? ["--noprofile", "--norc"] : ["-f"]
      let script = shell == "bash" ? Self.bash(folder) : Self.zsh(folder)
      let ran = try await mesh.run(
        shell, words + ["-c", script], stdin: Array((Files.text(asked) ?? "").utf8),
        environment: ["TERM": "dumb", "PATH": path])
      #expect(ran.status == 0, "\(ran)")
      return ran.text
    }
    // fish tells a completion where the cursor is only while a person could be at its prompt.
    let (script, out) = (mesh.sandbox.path("script"), mesh.sandbox.path("out"))
    try Files.write(script, Self.fish(folder, asked, out))
    let folders = path.split(separator: ":").joined(separator: " ")
    let prompt = "set -gx PATH \(folders); function fish_prompt; echo 'ready> '; end"
    let pane = try await mesh.tmux.window("fish", ["fish", "--no-config", "-C", prompt])
    try await pane.waitFor("ready>")
    try await mesh.tmux.call(["send-keys", "-t", pane.id, "source \(script)", "Enter"])
    return try await eventually(within: .seconds(60), "fish's proposals") {
      Files.exists(out + ".done") ? Files.text(out) : nil
    }
  }

  /// As readline would call it.
  private static func bash(_ folder: String) -> String {
    """
    for file in '\(folder)'/_*; do . "$file"; done
    while IFS= read -r line; do
      echo "=== $line"
      read -ra COMP_WORDS <<<"$line"
      COMP_LINE=$line COMP_POINT=${#line} COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_TYPE=9 COMP_KEY=9 COMPREPLY=()
      spec=$(complete -p "${COMP_WORDS[0]}")
      function=${spec##*-F }
      "${function%% *}" "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}" </dev/null
      printf '%s\\n' "${COMPREPLY[@]}"
    done
    """
  }

  private static func fish(_ folder: String, _ asked: String, _ out: String) -> String {
    """
    for file in '\(folder)'/_*; source $file; end
    cat '\(asked)' | while read -l line
      echo "=== $line"
      complete -C "$line" | string replace -r '\\t.*' ''
    end >'\(out)'
    echo >'\(out).done'
    """
  }

  /// zsh completes for a person at its prompt alone: here at one in a terminal of its own, which prints the proposals.
  private static func zsh(_ folder: String) -> String {
    #"""
    zmodload zsh/zpty
    zpty inner zsh -f -i
    step=0
    do_() { zpty -w inner "$1; print RE''ADY$((++step))"; zpty -r inner said "*READY$step*" }
    do_ 'PS1= PS2=; stty -echo'
    do_ "fpath=('\#(folder)' \$fpath); autoload -Uz compinit; compinit -u -D"
    do_ 'compadd() { local -a found; (( ${@[(I)-[OAD]]} )) || { builtin compadd -A found "$@"; print -rl -- "" $found; }; builtin compadd "$@" }'
    do_ 'finish() { print -r -- "END""ED"; BUFFER=; zle send-break }; zle -N finish; bindkey "^X" finish; bindkey "^I" complete-word; unsetopt beep'
    while IFS= read -r line; do
      print -r -- "=== $line"
      zpty -w -n inner "$line"$'\t\x18'
      zpty -r inner said '*ENDED*' && print -r -- $said
    done
    """#
  }
}
