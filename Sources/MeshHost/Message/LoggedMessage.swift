package import Mesh
package import MeshCrypto

/// Why a logged message is no proof.
package enum LoggedMessageError: Error, Equatable, Sendable {
  /// The log has no line with this id.
  case unknown
  /// The statement was too long for a log line, so only its hash was logged.
  case notKept
  case malformed
  case signature
  /// When it came it was not authentic.
  case notAuthentic
  /// Several hosts sent messages with this id.
  case severalHosts([Host])
  case setup(SetupError)
}

/// A message from the log, with its signature checked again.
package struct LoggedMessage: Sendable {
  /// Whether we trust the key that signed.
  package enum Standing: Equatable, Sendable {
    case own
    /// The key is valid now or was at the time; with the pin's note.
    case pinned(String)
    case revoked
    case unpinned
  }

  package let entry: AuditEntry
  private let head: EnvelopeHead
  package let key: VerifyingKey
  package let standing: Standing
  /// Does the logged body match the signed digest? `nil` when it cannot be compared: no body was
  /// logged, or the message was sealed or a file.
  package let bodyMatches: Bool?

  package var statement: Statement { head.statement }

  package static func find(
    _ id: MessageID, _ site: Site
  ) throws(LoggedMessageError) -> LoggedMessage {
    let entries: [AuditEntry]
    do { entries = try AuditReading(site.home).entries(id: id.text) } catch { throw .setup(error) }
    let signed = entries.filter { $0.statement != nil && $0.signature != nil }
    let authentic = signed.filter { $0.outcome != Outcome.notAuthentic.rawValue }
    guard signed.isEmpty || !authentic.isEmpty else { throw .notAuthentic }
    // A refused message must not stand for one with the same id that was delivered.
    let taken = authentic.filter { $0.outcome != Outcome.refused.rawValue }
    let found = try (taken.isEmpty ? authentic : taken)
      .map { (entry) throws(LoggedMessageError) in try LoggedMessage(entry, site) }
    let hosts = Set(found.map(\.statement.fromHost))
    guard hosts.count <= 1 else { throw .severalHosts(hosts.sorted()) }
    guard let one = found.last(where: { $0.entry.body != nil }) ?? found.last else {
      throw entries.last?.statementSHA256 == nil ? .unknown : .notKept
    }
    return one
  }

  private init(_ entry: AuditEntry, _ site: Site) throws(LoggedMessageError) {
    do {
      head = try EnvelopeHead(
        validating: Array((entry.statement ?? "").utf8),
        signature: Array((entry.signature ?? "").utf8))
    } catch { throw .malformed }
    do {
      key = try SSHSignature.key(of: head.signature)
      try SSHSignature.verify(
        head.signature, over: head.bytes, namespace: Namespace.message.rawValue, by: key)
    } catch { throw .signature }
    self.entry = entry
    let statement = head.statement
    do { standing = try LoggedMessage.standing(key, statement.fromHost, site) } catch {
      throw .setup(error)
    }
    let plain = statement.seal == .none && statement.kind == .message
    bodyMatches = entry.body.flatMap { body in
      plain ? Digest.hex(Digest.blake2b256(Array(body.utf8))) == statement.digest : nil
    }
  }

  private static func standing(
    _ key: VerifyingKey, _ host: Host, _ site: Site
  ) throws(SetupError) -> Standing {
    let pins = PinStore(site.home)
    if try pins.revoked().contains(key) { return .revoked }
    if host == site.host {
      let chain = try site.slices.chain(of: host, me: host)
      let own = try KeyStore(site.home).identity(host).keys + chain.rotations.map(\.rotation.old)
      return own.contains(key) ? .own : .unpinned
    }
    return try pins.pins().pins(of: host).first { $0.key == key && !$0.isDistrusted }
      .map { .pinned($0.note) } ?? .unpinned
  }

  /// Writes `statement`, `statement.sig` and `allowed_signers` into a directory, and `verify.txt`
  /// with the command that checks them without our program. Never over a file with another content.
  /// - Returns: that command.
  package func export(to directory: String) throws(FileError) -> String {
    let folder = try Directory.open(directory, create: true, requirePrivate: false)
    let pin = Pin(
      host: statement.fromHost, namespaces: [.message], key: key, note: "signed \(statement.id)")
    let line =
      "ssh-keygen -Y verify -f allowed_signers -I \(statement.fromHost) -n \(Namespace.message.rawValue) -s statement.sig < statement"
    let files = [
      ("statement", head.bytes), ("statement.sig", head.signature),
      ("allowed_signers", Array((pin.line + "\n").utf8)), ("verify.txt", Array((line + "\n").utf8)),
    ]
    // All are compared before the first one is written.
    var missing: [(String, [UInt8])] = []
    for (name, bytes) in files {
      if try folder.facts(of: name) == nil {
        missing.append((name, bytes))
      } else if (try? folder.read(name, limit: 64 << 10, policy: .any)) != bytes {
        throw .exists(path: "\(directory)/\(name)")
      }
    }
    for (name, bytes) in missing { try folder.createExclusive(name, bytes) }
    return line
  }
}
