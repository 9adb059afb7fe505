/// Two flags of the terminal that the pane's programs read from (`tcgetattr`).
package struct TerminalMode: Sendable, Equatable {
  /// ICANON: the kernel hands over whole lines.
  package var canonical: Bool
  /// ECHO: the kernel shows what is typed.
  package var echo: Bool

  package init(canonical: Bool, echo: Bool) {
    self.canonical = canonical
    self.echo = echo
  }
}

/// What the pane's owner wants at a shell's prompt: the option `@agent-shell`, read at the pane's own level.
package enum ShellPolicy: String, Sendable {
  /// Not set: messages are printed on the terminal, not typed.
  case show
  case raw
  case refuse
}

/// The option `@agent-input`, read at the pane's own level.
package enum InputPolicy: String, Sendable {
  case unset
  /// The program in this pane reads lines from its terminal.
  case line
}

/// What tmux and the system say of a pane at one moment.
package struct PaneFacts: Sendable, Equatable {
  /// tmux: `pane_dead`, `pane_in_mode`, `pane_input_off`, `pane_synchronized`.
  package var dead = false
  package var inMode = false
  package var inputOff = false
  package var synchronized = false
  /// In columns and rows from 0. A program may leave the cursor behind the last column (`cursorX == width`).
  package var cursorX = 0
  package var cursorY = 0
  package var cursorShown = true
  /// In columns and rows; 0 when not known.
  package var width = 0
  package var height = 0
  /// Rows that scrolled out above.
  package var historySize = 0
  package var panePID: Int32 = 0
  package var alternateScreen = false
  /// Chosen by the program; a sign, never an authority.
  package var title = ""
  /// `pane_current_command`: argv[0], chosen by any process in the pane. Used for recorded screens only.
  package var command = ""
  /// `bracket_paste_flag`, from tmux 3.7 on.
  package var bracketPaste: Bool?
  /// Of the pane's terminal; nil when it could not be read.
  package var terminal: TerminalMode?
  /// The most bytes of a line, its newline counted, that a terminal takes which reads lines: 4095 on Linux, 1024 on macOS.
  package var lineLimit = 4095
  /// The executables of the foreground process group, its leader first; nil when they could not be read.
  package var foreground: [Executable]?
  /// The ancestors of the group's leader up to the pane's own process, without the group itself; empty when the pane's own
  /// process is in the group; nil when not known. A shell among them reads what a program leaves unread.
  package var beneath: [Executable]?
  /// An attached client was active in this pane during the last 2 s.
  package var humanActive = false
  package var inputPolicy = InputPolicy.unset
  package var shellPolicy = ShellPolicy.show
  /// The option `@agent-kind` at the pane's own level: the name of a profile by which the screen alone is read, or `generic`.
  package var agentKind: String?
  /// From a file, not from a live pane: nothing is typed, and `command` may stand for the process.
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

  /// Whether a shell that does not know bracketed pastes reads what the foreground program leaves unread: it would run every
  /// line of it.
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

  /// With cursor and sizes inside what is looked at, so that no arithmetic on them can fail.
  var bounded: PaneFacts {
    var copy = self
    copy.cursorX = min(max(cursorX, 0), Screen.limit)
    copy.cursorY = min(max(cursorY, 0), Screen.limit)
    copy.width = min(max(width, 0), Screen.limit)
    copy.height = min(max(height, 0), Screen.limit)
    return copy
  }
}

/// A running program, named by what the kernel runs and not by what it calls itself.
package struct Executable: Sendable, Equatable {
  /// The components of the path of `/proc/PID/exe` (libproc on macOS), or the file name alone.
  let path: [String]
  /// For interpreters: the components of the script they were started with; nil when there is none (a prompt, `-c`, stdin).
  let script: [String]?
  /// A shell that runs a script or `-c` ends with it: it reads no commands from its terminal.
  package var readsCommands = true
  /// The file name part of argv[0], which the process chooses; nil when not known.
  let called: String?

  /// - Parameters:
  ///   - path: of the executable; the kernel's ` (deleted)` behind a replaced file is taken off.
  ///   - script: a path or a file name; empty counts as none.
  ///   - called: the file name part of argv[0].
  package init(path: String, script: String? = nil, called: String? = nil) {
    let suffix = " (deleted)"
    let kept = path.hasSuffix(suffix) ? path.dropLast(suffix.count) : path[...]
    self.path = kept.split(separator: "/").map(String.init)
    let parts = script?.split(separator: "/").map(String.init) ?? []
    self.script = parts.isEmpty ? nil : parts
    self.called = called
  }

  /// The executable's file name.
  package var name: String { path.last ?? "" }

  /// The same without what packagers wrap around a name: `.claude-unwrapped`, `claude.exe`, `codex.cjs` are Claude and Codex.
  var unwrapped: Executable {
    Executable(path: Self.unwrap(path), script: script.map(Self.unwrap), called: called)
  }

  private static func unwrap(_ components: [String]) -> String {
    guard var last = components.last else { return "" }
    if last.hasPrefix("."), last.count > 1 { last.removeFirst() }
    for suffix in [".exe", ".cjs", ".mjs", ".js", ".py", "-unwrapped", "-wrapped"]
    where last.hasSuffix(suffix) && last.count > suffix.count {
      last.removeLast(suffix.count)
    }
    return (components.dropLast() + [last]).joined(separator: "/")
  }

  /// What people call the program: the script's file name, or the executable's.
  package var title: String { script?.last ?? name }

  /// The same interpreter without its script.
  var bare: Executable { Executable(path: name) }
}
