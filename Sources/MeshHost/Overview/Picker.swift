package import Mesh

/// The pane that a person chose in `agent-mesh pick`: to see it, or to switch to it.
package struct PickedPane: Sendable {
  private let place: PlacedPane
  private let reader: Tmux

  /// - Returns: nil when no live pane of this host has that address.
  package init?(_ address: Address, _ site: Site, hosts: Set<Host>) throws(Tmux.Failure) {
    let panes = try PaneDirectory(site, hosts: hosts)
    guard let found = panes.recipient(address) else { return nil }
    place = found.place
    reader = found.place.tmux
  }

  /// The visible rows without styles, each safe for a terminal.
  package func rows() throws(Tmux.Failure) -> [String] {
    try reader.run(["capture-pane", "-p", "-t", place.pane.id.description])
      .split(separator: 10, omittingEmptySubsequences: false)
      .map { SafeText.line(bytes: $0, limit: 400) }
  }

  /// Switches the client of the person who asked to this pane.
  package func show() throws(Tmux.Failure) {
    try reader.run(["switch-client", "-t", place.pane.id.description])
  }
}

/// `display-menu`, used where fzf is missing: one line per agent, each with a menu of actions.
package struct PickerMenu: Sendable {
  private let tmux: Tmux
  private let program: String

  package init(_ site: Site, program: String) throws(Tmux.Failure) {
    tmux = try site.tmux
    self.program = program
  }

  /// - Parameter rows: addresses and words. Both are our own text; still, tmux must not expand any of it.
  package func show(_ rows: [(address: Address, words: String)]) throws(Tmux.Failure) {
    let items = rows.prefix(60).flatMap { row in
      [PickerMenu.plain("\(row.address)  \(row.words)"), "", run("--actions \(row.address)")]
    }
    try menu("agents", items)
  }

  package func show(_ address: Address) throws(Tmux.Failure) {
    try menu(
      address.text,
      [
        "jump there", "Enter", run("--jump \(address)"),
        "message", "m",
        "display-popup -E -w 70% -h 6 '\(program) pick --write \(address)'",
        "history", "l",
        "display-popup -E -w 90% -h 60% '\(program) log --with \(address); \(PickerMenu.pause)'",
      ])
  }

  private func menu(_ title: String, _ items: [String]) throws(Tmux.Failure) {
    let command = ["display-menu", "-T", PickerMenu.plain(title), "-x", "C", "-y", "C"] + items
    // The client waits until something is chosen; the menu stays after the client has ended.
    do { try tmux.hurried(.milliseconds(400)).run(command) } catch .timeout {}
  }

  /// A history that is empty, or ends at once, stays until it was read.
  private static let pause = #"echo; echo "Enter closes this"; read -r _"#

  private func run(_ arguments: String) -> String {
    "run-shell -b '\(program) pick \(arguments)'"
  }

  /// Text that tmux neither expands nor takes for a disabled item.
  private static func plain(_ text: String) -> String {
    text.split(separator: "#", omittingEmptySubsequences: false).joined(separator: "##")
  }
}
