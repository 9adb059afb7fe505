package import Mesh

/// The direction of a message, seen from this account.
package enum Direction: String, Sendable { case out, `in`, local }

extension AuditEntry {
  /// Events of messages, not of keys or syncs.
  private static let messageEvents: Set<String> = ["sent", "received", "delivered", "bounced"]

  package var isOfMessage: Bool { AuditEntry.messageEvents.contains(event) && id != nil }

  /// Whether anybody may have written the names in it: its signature was not good, or could not be checked.
  var isUnproven: Bool {
    let outcome = outcome.flatMap(Outcome.init)
    return event != "sent" && (outcome == .notAuthentic || outcome == .notSetUp)
  }

  /// `nil` if the entry is not about a message.
  package func direction(_ me: Host) -> Direction? {
    guard isOfMessage else { return nil }
    if event == "sent" { return .out }
    let host = statement?.split(separator: "\n").first { $0.hasPrefix("from-host: ") }?
      .dropFirst("from-host: ".count)
    return host.map { $0 == me.name } == true ? .local : .in
  }

  /// Whether the message did not reach its recipient, for any reason except a refusal.
  package var hasFailed: Bool {
    guard isOfMessage, let outcome = outcome.flatMap(Outcome.init) else { return false }
    return !outcome.isSuccess && !wasRefused
  }

  package var wasRefused: Bool {
    guard isOfMessage, let outcome = outcome.flatMap(Outcome.init) else { return false }
    return outcome == .refused || outcome == .notAuthentic
  }
}

/// Selects entries of the history: "what failed today?".
package struct HistoryQuery: Sendable {
  package var since: Timestamp?
  /// Sender or recipient: an address, or its beginning up to a `-`.
  package var with: String?
  /// An id, or its beginning.
  package var id: String?
  /// If both are set, either matches.
  package var failed = false
  package var refused = false
  /// Include peers' questions about a message's status or whether we are reachable.
  package var questions = false

  package init() {}

  package var isAll: Bool {
    since == nil && with == nil && id == nil && !failed && !refused
  }

  package func admits(_ entry: AuditEntry) -> Bool {
    if entry.event == "asked", !questions { return false }
    // All times have the same format, so they can be compared as texts.
    if let since, entry.time < since.text { return false }
    if let id, entry.id?.hasPrefix(id) != true { return false }
    if let with, !isWith(entry.from, with), !isWith(entry.to, with) { return false }
    guard failed || refused else { return true }
    return failed && entry.hasFailed || refused && entry.wasRefused
  }

  private func isWith(_ address: String?, _ wanted: String) -> Bool {
    guard let address else { return false }
    return address == wanted || address.hasPrefix(wanted + "-")
  }
}

extension AuditReading {
  /// For each message its newest entry, which is its present state. The newest message is last.
  /// - Parameter most: the maximum number of entries.
  package func messages(
    _ query: HistoryQuery, most: Int
  ) throws(SetupError) -> [AuditEntry] {
    var told: Set<String> = []
    return try collect(most) { line in
      guard let entry = AuditReading.entry(line) else { return .other }
      if let since = query.since, entry.time < since.text { return .end }
      if entry.isOfMessage, let id = entry.id, !told.insert(id).inserted { return .other }
      return query.admits(entry) ? .found(entry) : .other
    }
  }

  /// The same, but every matching line as it is in the files.
  package func lines(_ query: HistoryQuery, most: Int) throws(SetupError) -> [[UInt8]] {
    try collect(most) { line in
      let entry = AuditReading.entry(line)
      if let since = query.since, let entry, entry.time < since.text { return .end }
      return entry.map { query.admits($0) } ?? query.isAll ? .found(Array(line)) : .other
    }
  }

  /// The messages whose id begins so, each with its newest entry; the newest message is last.
  package func beginning(_ id: String) throws(SetupError) -> [AuditEntry] {
    var seen: Set<String> = []
    return try entries(id: id).reversed()
      .filter { $0.id.map { seen.insert($0).inserted } ?? false }.reversed()
  }
}
