package import Mesh

/// The last message that a pane received: what `--reply` answers. `~/.agents/state/last/<server>-<start>-<pane>`.
package struct LastReceived: Sendable {
  /// What `--reply` needs to know of that message.
  package struct Message: Equatable, Sendable {
    package let id: MessageID
    package let from: Address
    package let replyTo: Address?
    /// Whether `replyTo` belongs to the sender's host.
    package let replyToIsSenders: Bool

    /// nil: the sender wants answers at another host, which has to be addressed by name.
    package var answersGoTo: Address? {
      guard let replyTo else { return from }
      return replyToIsSenders ? replyTo : nil
    }
  }

  let home: AgentsHome

  package init(_ home: AgentsHome) { self.home = home }

  package func load(_ pane: PaneKey) throws(SetupError) -> Message? {
    let directory = try home.directory("state", "last")
    guard try SetupError.unless(directory.facts(of: pane.fileName)) != nil else { return nil }
    let file = try open(pane, directory)
    let bytes = try SetupError.unless(file.read(limit: Self.length))
    let parts = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    guard parts.count == 5, let id = try? MessageID(validating: parts[0]),
      let from = try? Address(validating: parts[1]), (try? Host(validating: parts[2])) != nil
    else { return nil }
    return Message(
      id: id, from: from, replyTo: try? Address(validating: parts[3]),
      replyToIsSenders: parts[4] == "own")
  }

  func save(_ statement: Statement, hosts: Set<Host>, _ pane: PaneKey) throws(SetupError) {
    let owner = statement.replyTo?.owner(among: hosts)
    let text = """
      \(statement.id)
      \(statement.from)
      \(statement.fromHost)
      \(statement.replyTo?.text ?? "-")
      \(owner == statement.fromHost ? "own" : "other")

      """
    let padding = [UInt8](repeating: 10, count: max(0, Self.length - text.utf8.count))
    let file = try open(pane, try home.directory("state", "last"))
    try SetupError.unless(file.replace(Array(text.utf8) + padding))
  }

  /// A fixed length, so that one write replaces the record. It is read under the same lock, so a reader never
  /// gets parts of two messages. A new file per message would cost the file system most.
  private static let length = 1024

  private func open(
    _ pane: PaneKey, _ directory: borrowing Directory
  ) throws(SetupError) -> RecordFile {
    let end = ContinuousClock.now + .seconds(2)
    return try SetupError.unless(
      RecordFile.openLocked(in: directory, pane.fileName, until: end))
  }
}
