package import Mesh

extension Look {
  /// A look of tmux, read: all commands read a pane in this way.
  /// - Parameters:
  ///   - options: those that the pane's owner has set, as far as they were asked for.
  ///   - report: what the program reports about itself.
  ///   - delivered: recent messages in this pane.
  init(
    _ seen: PaneLook, options: [String: OptionLevels] = [:], report: SessionReport? = nil,
    profiles: [Profile], delivered: [DeliveredText] = []
  ) {
    var facts = PaneFacts(seen, options)
    facts.report = report
    let screen = Screen(capture: seen.capture, width: seen.columns, height: seen.rows)
    self.init(facts, screen, profiles: profiles, delivered: delivered)
  }
}

/// Collects the facts about a pane for `ScreenReader`.
extension PaneFacts {
  /// From one look of tmux, and from the pane's terminal and processes at the same moment.
  fileprivate init(_ look: PaneLook, _ options: [String: OptionLevels]) {
    self.init()
    (dead, inMode, inputOff) = (look.isDead, look.modes > 0, look.isInputOff)
    (width, height, alternateScreen) = (look.columns, look.rows, look.isAlternateScreen)
    (cursorX, cursorY) = (look.cursor.column, look.cursor.row)
    cursorShown = look.cursor.isVisible
    (panePID, title, command) = (look.pid, look.title, look.currentCommand)
    bracketPaste = look.bracketsPaste
    if let read = try? TerminalDevice.mode(of: look.tty) { (terminal, unread) = read }
    if let limit = Platform.lineLimit { lineLimit = limit }
    readProcesses(look.pid)
    let now = Clock.now / 1000
    humanActive = look.watchers.contains { $0.isTyping(at: now) }
    inputPolicy = options[AccessOption.input]?.pane == "line" ? .line : .unset
    shellPolicy = options[AccessOption.shell]?.pane.flatMap(ShellPolicy.init) ?? .show
    agentKind = options[AccessOption.kind]?.pane
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
  fileprivate init(_ process: ForegroundProcess) {
    self.init(path: process.name, script: process.script, called: process.invokedAs)
    readsCommands = process.script == nil && !process.runsCode
  }
}

/// How a recipient on this host is read right now, and why: `agent-mesh look`.
package struct RecipientReading: Sendable {
  package let address: Address
  package let look: Look
  /// What would happen to a message from this account.
  package let treatment: Treatment
  /// The profile that the screen resembles although the process is another program.
  package let likeness: String?
  /// The way its messages take, if the pane chose one.
  package let via: String?
  /// What is wrong with the words of its options.
  package let complaints: [String]
  /// `capture-pane -p -e`
  package let capture: [UInt8]

  /// - Returns: nil when no live pane has the address.
  package init?(_ site: Site, hosts: Set<Host>, at address: Address) throws(Tmux.Failure) {
    let panes: PaneDirectory
    do { panes = try PaneDirectory(site, hosts: hosts) } catch .noServer { return nil }
    guard let recipient = panes.recipient(address) else { return nil }
    let place = recipient.place
    let options = OptionQuery(
      [AccessOption.input, AccessOption.shell, AccessOption.kind], .pane, of: place.pane)
    let seen: PaneLook
    do { seen = try place.tmux.look(place.pane.id, options: options) } catch .noServer {
      return nil
    }
    let profiles = ProfileStore(site.home).profiles()
    let recent = RecentDeliveries(site.home, place.key)
    let look = Look(
      seen, options: seen.options, report: SessionReporter(place, site.home).report(),
      profiles: profiles, delivered: recent.texts)
    let isAgent = look.reading.kind == .agent || look.facts.agentKind != nil
    likeness = isAgent ? nil : ScreenReader.likeness(look, profiles: profiles)
    treatment = Treatment(look.reading, look.facts, Mesh.Sender(.own))
    via = InboxStanding(recipient, site.home)?.words
    complaints = OptionWords(place, site.home).complaints
    (self.address, self.look, capture) = (recipient.address, look, seen.recordable)
  }
}
