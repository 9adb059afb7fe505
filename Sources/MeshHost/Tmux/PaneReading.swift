internal import Mesh

/// Collects the facts about a pane for `ScreenReader`.
extension PaneFacts {
  /// From one look of tmux, and from the pane's terminal and processes at the same moment.
  init(_ look: PaneLook) {
    self.init()
    (dead, inMode, inputOff) = (look.isDead, look.modes > 0, look.isInputOff)
    (synchronized, alternateScreen) = (look.isSynchronized, look.isAlternateScreen)
    (cursorX, cursorY) = (look.cursor.column, look.cursor.row)
    cursorShown = look.cursor.isVisible
    (width, height, historySize) = (look.columns, look.rows, look.historySize)
    (panePID, title, command) = (look.pid, look.title, look.currentCommand)
    bracketPaste = look.bracketsPaste
    terminal = (try? TerminalDevice.mode(of: look.tty)).map {
      Mesh.TerminalMode(canonical: $0.canonical, echo: $0.echo)
    }
    if let limit = Platform.lineLimit { lineLimit = limit }
    readProcesses(look.pid)
    let now = Clock.now / 1000
    humanActive = look.watchers.contains { !$0.isReadOnly && now - $0.activity <= 2 }
    inputPolicy = look.options[AccessOption.input]?.pane == "line" ? .line : .unset
    shellPolicy = look.options[AccessOption.shell]?.pane.flatMap(ShellPolicy.init) ?? .show
    agentKind = look.options[AccessOption.kind]?.pane
  }

  private mutating func readProcesses(_ pane: Int32) {
    guard let group = TerminalDevice.foregroundGroup(ofProcess: pane) else { return }
    let processes = ProcessTable.foreground(group: group, below: pane)
    foreground = processes.map(Executable.init)
    guard let leader = processes.first?.pid else { return }
    let members = Set(processes.map(\.pid))
    var beneath: [Executable] = []
    for ancestor in ProcessTable.ancestry(of: leader) {
      if !members.contains(ancestor.pid), let process = ProcessTable.describe(ancestor.pid) {
        beneath.append(Executable(process))
      }
      if ancestor.pid == pane { break }
    }
    self.beneath = beneath
  }
}

extension Executable {
  init(_ process: ForegroundProcess) {
    self.init(path: process.name, script: process.script, called: process.invokedAs)
    readsCommands = process.script == nil && !process.runsCode
  }
}
