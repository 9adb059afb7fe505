package import Mesh

/// The current reading of a recipient on this host, which `agent-mesh look` prints.
package struct Looking: Sendable {
  package let address: Address
  package let reading: Reading
  /// What would happen to a message from this account.
  package let treatment: Treatment
  package let facts: PaneFacts
  /// The profile that the screen resembles although the process is another program.
  package let likeness: String?
  /// The way its messages take, if the pane chose one.
  package let via: String?
  /// The text of the deciding row, where that helps.
  package let row: String?
  /// `capture-pane -p -e`
  package let capture: [UInt8]

  /// Why there is no reading.
  package enum Failure: Error, Sendable {
    case unknownAgent
    case tmux(Tmux.Failure)
  }

  package init(_ site: Site, hosts: Set<Host>, at address: Address) throws(Failure) {
    do throws(Tmux.Failure) {
      let panes = try PaneDirectory(site, hosts: hosts)
      guard let recipient = panes.recipient(address) else { throw Tmux.Failure.noServer }
      let pane = recipient.pane
      self.address = recipient.address
      let seen = try recipient.place.tmux.recordableLook(pane.id)
      var facts = PaneFacts(seen.look)
      let levels = try recipient.place.tmux.optionLevels(
        pane: pane, names: [AccessOption.input, AccessOption.shell, AccessOption.kind])
      facts.takeOptions(levels)
      facts.report = SessionReporter(recipient.place, site.home).report()
      self.facts = facts
      capture = seen.capture
      via = InboxStanding(recipient, site.home)?.words
      let recent = RecentDeliveries(site.home, recipient.place.key)
      let screen = Screen(
        capture: seen.look.capture, width: seen.look.columns, height: seen.look.rows)
      let profiles = ProfileStore(site.home).profiles()
      reading = ScreenReader.read(facts, screen, profiles: profiles, delivered: recent.texts)
      row = reading.row(facts, screen)
      likeness =
        reading.kind == .agent || facts.agentKind != nil
        ? nil : ScreenReader.likeness(facts, screen, profiles: profiles)
      treatment = Treatment(reading, facts, Mesh.Sender(.own))
    } catch .noServer {
      throw .unknownAgent
    } catch { throw .tmux(error) }
  }

  /// A recording, as `look --record` writes it.
  /// - Returns: its reading by the account's profiles.
  package static func read(_ recording: Recording, _ home: AgentsHome) -> Reading {
    ScreenReader.read(
      recording.facts, recording.screen, profiles: ProfileStore(home).profiles())
  }
}

extension PaneFacts {
  mutating func takeOptions(_ options: [String: OptionLevels]) {
    inputPolicy = options[AccessOption.input]?.pane == "line" ? .line : .unset
    shellPolicy = options[AccessOption.shell]?.pane.flatMap(ShellPolicy.init) ?? .show
    agentKind = options[AccessOption.kind]?.pane
  }
}
