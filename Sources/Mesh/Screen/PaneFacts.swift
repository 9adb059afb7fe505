/// Two flags of the terminal that the pane's programs read from (`tcgetattr`).
package struct TerminalMode: Sendable, Equatable {
  /// ICANON: the kernel delivers whole lines.
  package var canonical: Bool
  /// ECHO: the kernel shows what is typed.
  package var echo: Bool

  package init(canonical: Bool, echo: Bool) { (self.canonical, self.echo) = (canonical, echo) }
}

/// What the pane's owner wants at a shell prompt: the option
/// `@agent-shell`, set on the pane itself.
package enum ShellPolicy: String, Sendable {
  /// Not set: messages are printed on the terminal, not typed.
  case show
  case raw
  case refuse
}

/// The option `@agent-input`, set on the pane itself.
package enum InputPolicy: String, Sendable {
  case unset
  /// The program in this pane reads lines from its terminal.
  case line
}

/// What tmux and the system report about a pane at one moment. `ScreenReader` decides from it and
/// from a `Screen`; MeshHost collects it.
package struct PaneFacts: Sendable, Equatable {
  /// tmux: `pane_dead`, `pane_in_mode`, `pane_input_off`.
  package var dead = false
  package var inMode = false
  package var inputOff = false
  /// In columns and rows from 0. A program may leave the cursor after the last
  /// column (`cursorX == width`).
  package var cursorX = 0
  package var cursorY = 0
  package var cursorShown = true
  /// In columns and rows; 0 if unknown.
  package var width = 0
  package var height = 0
  package var panePID: Int32 = 0
  package var alternateScreen = false
  /// Chosen by the program: a hint, never a proof.
  package var title = ""
  /// `pane_current_command`: argv[0], which any process in the pane can choose.
  /// Used for recorded screens only.
  package var command = ""
  /// `bracket_paste_flag`, from tmux 3.7 on.
  package var bracketPaste: Bool?
  /// The pane's terminal; `nil` if it could not be read.
  package var terminal: TerminalMode?
  /// Bytes that were typed and that no program has read yet; of lines, only whole ones.
  package var unread = 0
  /// The longest line, with its newline, that a line-reading terminal accepts, in bytes: 4095 on
  /// Linux, 1024 on macOS.
  package var lineLimit = 4095
  /// The executables of the foreground process group, its leader first; `nil`
  /// if they could not be read.
  package var foreground: [Executable]?
  /// The ancestors of the group's leader up to the pane's own process, without the group itself;
  /// empty if the pane's own process is in the group; `nil` if unknown. A shell among them reads
  /// what a program leaves unread.
  package var beneath: [Executable]?
  /// A person types in an attached client: `Watcher.isTyping`.
  package var humanActive = false
  package var inputPolicy = InputPolicy.unset
  package var shellPolicy = ShellPolicy.show
  /// The option `@agent-kind`, set on the pane itself: a profile with which only the screen is
  /// read, or `generic`.
  package var agentKind: String?
  /// What the program reports about itself, where the pane's owner lets us ask.
  package var report: SessionReport?
  /// From a file, not from a live pane: nothing is typed, and `command` may replace the process.
  package var recorded = false

  package init() {}

  /// Whether a shell, interpreter or client may read what the foreground program leaves unread.
  package var shellBeneath: Bool {
    guard let beneath else { return true }
    return beneath.contains { executable in
      let kind = ProgramMatch.fixedProfile(executable.bare)?.kind
      return kind == .client || kind == .shell || kind == .repl
    }
  }

  /// Whether a shell without bracketed paste may read what the foreground program leaves unread: it
  /// would run every line of it.
  var bareShellBeneath: Bool {
    guard let beneath else { return true }
    return beneath.contains { executable in
      executable.readsCommands && executable.script == nil
        && ProgramMatch.fixedProfile(executable.bare)?.kind == .shell
        && !Self.bracketing.contains(executable.name)
        && !executable.name.hasPrefix("zsh-") && !executable.name.hasPrefix("bash-")
    }
  }

  private static let bracketing: Set<String> = ["bash", "rbash", "zsh", "fish"]

  /// Clamps cursor and sizes to the screen's limit, so that arithmetic on them cannot overflow.
  var bounded: PaneFacts {
    var copy = self
    copy.cursorX = min(max(cursorX, 0), Screen.limit)
    copy.cursorY = min(max(cursorY, 0), Screen.limit)
    copy.width = min(max(width, 0), Screen.limit)
    copy.height = min(max(height, 0), Screen.limit)
    return copy
  }
}
