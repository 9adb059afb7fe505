internal import Mesh
internal import MeshHost

/// An id as people can give it: all 26 characters, or the 8 that the tag and every list show, as long as they mean one
/// message that this account knows.
enum MessageIDs {
  static func isBeginning(_ text: String) -> Bool {
    (8...26).contains(text.utf8.count)
      && text.utf8.allSatisfy { (97...122).contains($0) || (50...55).contains($0) }
  }

  /// - Parameter what: ends the sentence of an error: `nothing was sent`.
  static func find(_ text: String, _ site: Site, _ what: String = "") throws(Failure) -> MessageID {
    if let id = try? MessageID(validating: text) { return id }
    let tail = what.isEmpty ? "" : "; \(what)"
    guard isBeginning(text) else {
      throw .usage(
        "an id is 26 characters of a-z and 2-7, or the first 8 of them\(tail)",
        hint: "agent-mesh log")
    }
    let found = try Setup.files { () throws(SetupError) in
      try AuditReading(site.home).beginning(text)
    }
    if found.count > 1 { throw ambiguous(text, found, tail) }
    guard let id = found.first?.id.flatMap({ try? MessageID(validating: $0) }) else {
      throw Failure(
        code: 8, reason: Reason.noRecord.rawValue,
        text: "nothing here knows of a message \(text)\(tail)", hint: "agent-mesh log")
    }
    return id
  }

  private static func ambiguous(_ text: String, _ found: [AuditEntry], _ tail: String) -> Failure {
    let lines = found.suffix(8).map { entry in
      "\n  \(entry.id ?? "-")  \(entry.time)  \(entry.from ?? "-") → \(entry.to ?? "-")"
    }
    return .usage(
      "\(found.count) messages begin with \(text)\(tail)" + lines.joined(), hint: "the whole id")
  }
}
