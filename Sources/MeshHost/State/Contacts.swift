package import Mesh

/// When a peer last answered us, and what failed since.
package struct Contact: Sendable, Equatable {
  package var answered: Timestamp?
  package var failedAt: Timestamp?
  /// One line, printable; nil: nothing failed since it answered.
  package var failure: String?

  package init() {}
}

/// `~/.agents/state/contacts/<host>`: `<answered> <failed>` in milliseconds, 0 for never, then what failed. Each message,
/// sync and question notes how it went, so that a peer that was cut off is known from the first of them on.
package struct Contacts: Sendable {
  private static let limit = 1024
  /// Milliseconds within which a second answer is no news.
  private static let pause: Int64 = 10_000

  let home: AgentsHome

  package init(_ home: AgentsHome) { self.home = home }

  package func load(_ host: Host) -> Contact {
    guard let folder = try? home.directory("state", "contacts"),
      let bytes = try? folder.read(host.name, limit: Contacts.limit)
    else { return Contact() }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    let times = (lines.first ?? "").split(separator: " ").compactMap { Int64($0) }
    guard times.count == 2 else { return Contact() }
    var contact = Contact()
    contact.answered = times[0] > 0 ? Timestamp(milliseconds: times[0]) : nil
    contact.failedAt = times[1] > 0 ? Timestamp(milliseconds: times[1]) : nil
    contact.failure =
      contact.failedAt == nil ? nil : lines.dropFirst().first.map { SafeText.line(String($0)) }
    return contact
  }

  /// A memory only: that it cannot be written undoes nothing.
  func answered(_ host: Host, at now: Timestamp) {
    let before = load(host)
    if before.failedAt == nil, let last = before.answered?.milliseconds,
      (0..<Contacts.pause).contains(now.milliseconds - last)
    {
      return
    }
    write(host, "\(now.milliseconds) 0\n")
  }

  func failed(_ host: Host, _ words: String, at now: Timestamp) {
    let before = load(host)
    let said = SafeText.line(words, limit: 200)
    write(host, "\(before.answered?.milliseconds ?? 0) \(now.milliseconds)\n\(said)\n")
  }

  private func write(_ host: Host, _ text: String) {
    guard let folder = try? home.directory("state", "contacts") else { return }
    try? folder.writeAtomically(host.name, Array(text.utf8), sync: false)
  }
}
