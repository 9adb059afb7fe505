package import Mesh
internal import MeshCrypto

/// The called side of an overview question: `agent-register-hook overview`. The question passes the checks of a
/// message up to the rate limit. Each pane's own list decides what is told about the pane.
package struct OverviewAnswering: ~Copyable {
  private let receiver: Receiver
  private var site: Site { receiver.site }

  /// - Parameter peer: the host that the connection is bound to, if any.
  package init(_ site: Site, peer: Host?) throws(SetupError) {
    receiver = Receiver(try Credentials(site), peer: peer)
  }

  /// - Returns: the framed answer; nil when the bytes were not a question or not authentic.
  package func answer<Source: ByteSource & ~Copyable>(
    _ source: consuming Source
  ) throws(SetupError) -> [UInt8]? {
    var reader = EnvelopeReader(source)
    guard let received = try? reader.head() else { return nil }
    let bytes = received.head.bytes
    guard let asker = try? verified(received) else { return nil }
    let overview = OverviewAnswer(
      host: site.host, statement: Digest.hex(Digest.sha256(bytes)), time: site.now,
      agents: try agents(for: asker))
    let answer = overview.encoded
    let signature = SSHSignature.make(
      over: answer, namespace: Namespace.receipt.rawValue, by: receiver.own.identity.signing)
    return SignedOverview(answer: answer, signature: signature).bytes
  }

  private func verified(_ received: consuming Received) throws(Stop) -> VerifiedSender {
    let counted = try receiver.counted(received)
    guard counted.statement.kind == .status, counted.statement.inReplyTo == nil else {
      throw .malformed
    }
    return VerifiedSender(counted, me: site.host)
  }

  private func agents(for asker: VerifiedSender) throws(SetupError) -> [ToldAgent] {
    let askers = try askers(asker)
    // Many panes have the same lists, so each is evaluated once.
    var known: [AccessLists: Bool] = [:]
    func admits(_ lists: AccessLists) -> Bool {
      if let known = known[lists] { return known }
      let found = askers.contains { lists.admit($0, hosts: receiver.trusted.hosts) }
      known[lists] = found
      return found
    }
    return try OverviewReading(site).localWithLists(receiver.policies)
      .prefix(OverviewAnswer.mostAgents).map {
        ToldAgent($0.row, admitted: $0.lists.map(admits) ?? false)
      }
  }

  /// The asker, and all known agents of its host.
  private func askers(_ asker: VerifiedSender) throws(SetupError) -> [VerifiedSender] {
    let slice = try site.slices.slice(
      of: asker.host, trusted: receiver.trusted, me: site.host, at: site.now)
    let agents = (slice?.slice.agents ?? []).map { entry in
      VerifiedSender(
        address: entry.address, host: asker.host, keyFingerprint: asker.keyFingerprint,
        isSelf: asker.isSelf)
    }
    return [asker] + agents
  }
}
