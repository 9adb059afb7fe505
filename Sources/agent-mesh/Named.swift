internal import Mesh
internal import MeshCrypto
internal import MeshHost

/// What a person names on the command line: a host, a key, an agent, a message.
enum Named {
  static func host(_ name: String) throws -> Host {
    do { return try Host(validating: name) } catch {
      throw Failure.usage("'\(SafeText.line(name, limit: 60))' is no host name")
    }
  }

  /// - Parameter undone: what follows from a text that is no key.
  static func key(_ text: String, undone: String = "") throws -> VerifyingKey {
    let parts = text.split(separator: " ")
    guard parts.count >= 2, let key = try? VerifyingKey(openSSH: "\(parts[0]) \(parts[1])") else {
      throw Failure.usage("that is no ssh-ed25519 key\(undone)")
    }
    return key
  }

  static func route(to name: String, _ site: Site, _ sending: borrowing Sending) throws -> Route {
    do { return try Router(site, sending.trusted).route(to: name) } catch {
      throw Failure.leftOut(name, site) ?? Failure(error, to: name)
    }
  }

  static func isBeginningOfID(_ text: String) -> Bool {
    (8...26).contains(text.utf8.count)
      && text.utf8.allSatisfy { (97...122).contains($0) || (50...55).contains($0) }
  }

  /// Accepts a whole id, or the beginning of one in the log, because tags and
  /// lists show eight characters.
  static func id(_ text: String, _ site: Site) throws -> MessageID {
    if let whole = try? MessageID(validating: text) { return whole }
    guard isBeginningOfID(text) else {
      throw Failure.usage(
        "'\(SafeText.line(text, limit: 40))' is no message id: those have 26 characters of a-z and 2-7, and 8 are enough",
        try: "agent-mesh log")
    }
    guard text.utf8.count < 26 else {
      throw Failure.usage(
        "\(text) is no message id: the last of its 26 characters is one of a, e, i, m, q, u, y and 4"
      )
    }
    let found = try AuditReading(site.home).beginning(text)
    guard found.count <= 1 else { throw ambiguous(text, found) }
    guard let id = found.first?.id.flatMap({ try? MessageID(validating: $0) }) else {
      throw Failure(.usage, .noRecord, "the log has no message \(text)", try: "agent-mesh log")
    }
    return id
  }

  private static func ambiguous(_ text: String, _ found: [AuditEntry]) -> Failure {
    let lines = found.suffix(8).map { entry in
      "\n  \(entry.id ?? "-")  \(entry.time)  \(entry.from ?? "-") → \(entry.to ?? "-")"
    }
    return Failure.usage(
      "\(found.count) messages have ids that begin with \(text)" + lines.joined(),
      try: "agent-mesh log --id \(text)")
  }
}
