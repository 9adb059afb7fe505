package import Mesh

/// A pane of this host that a person wants to see, or to go to.
package struct AgentPane: Sendable {
  private let place: PlacedPane
  private let reader: Tmux

  /// - Returns: nil when no live pane of this host has that address.
  package init?(_ address: Address, _ site: Site, hosts: Set<Host>) throws(Tmux.Failure) {
    let panes = try PaneDirectory(site, hosts: hosts)
    guard let found = panes.recipient(address) else { return nil }
    place = found.place
    reader = found.place.tmux
  }

  /// The visible rows, each safe for a terminal, without styles.
  package func rows() throws(Tmux.Failure) -> [String] {
    try reader.run(["capture-pane", "-p", "-t", place.pane.id.description])
      .split(separator: 10, omittingEmptySubsequences: false)
      .map { SafeText.line(bytes: $0, limit: 400) }
  }

  /// The client of the person who asked shows it from now on.
  package func show() throws(Tmux.Failure) {
    try reader.run(["switch-client", "-t", place.pane.id.description])
  }
}

/// `display-menu`, for where there is no fzf: one line an agent, and for each a menu of what can be done.
package struct AgentMenu: Sendable {
  private let tmux: Tmux
  private let program: String

  package init(_ site: Site, program: String) throws(Tmux.Failure) {
    tmux = try site.tmux
    self.program = program
  }

  /// - Parameter rows: addresses and words; both are ours, yet nothing of them is left to tmux to expand.
  package func show(_ rows: [(address: Address, words: String)]) throws(Tmux.Failure) {
    let items = rows.prefix(60).flatMap { row in
      [AgentMenu.plain("\(row.address)  \(row.words)"), "", run("--actions \(row.address)")]
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
        "display-popup -E -w 90% -h 60% '\(program) log --with \(address); \(AgentMenu.pause)'",
      ])
  }

  private func menu(_ title: String, _ items: [String]) throws(Tmux.Failure) {
    let command = ["display-menu", "-T", AgentMenu.plain(title), "-x", "C", "-y", "C"] + items
    // The client waits until something is chosen; the menu stays without it.
    do { try tmux.run(all: [command], deadline: .milliseconds(400)) } catch .timeout {}
  }

  /// A history that is empty, or ends at once, stays until it was read.
  private static let pause = #"echo; echo "Enter closes this"; read -r _"#

  private func run(_ arguments: String) -> String {
    "run-shell -b '\(program) pick \(arguments)'"
  }

  /// What tmux neither expands nor takes for a disabled item.
  private static func plain(_ text: String) -> String {
    text.split(separator: "#", omittingEmptySubsequences: false).joined(separator: "##")
  }
}
