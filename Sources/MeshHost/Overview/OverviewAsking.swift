internal import Mesh
internal import MeshCrypto

/// The asking side: one question per host, all at once, with a time limit. A host's last answer is kept
/// in `~/.agents/state/overview/<host>`, for when it does not answer.
struct OverviewAsking {
  /// For all hosts together: a host that has not answered by then is shown with its last answer.
  private static let patience = Duration.milliseconds(2500)
  private static let atOnce = 16

  let site: Site
  let trusted: TrustedKeys

  /// - Returns: the answers; no entry for a host that gave none or is too old to know the question.
  func ask(_ peers: [Peer]) -> [Host: OverviewAnswer] {
    let known = peers.filter { !trusted.keys(of: $0.host, for: .receipt, at: site.now).isEmpty }
    let answers = Parallel.map(known, atMost: Self.atOnce) { peer in ask(peer) }
    return Dictionary(
      zip(known, answers).compactMap { peer, answer in answer.map { (peer.host, $0) } },
      uniquingKeysWith: { first, _ in first })
  }

  private func ask(_ peer: Peer) -> OverviewAnswer? {
    let contacts = Contacts(site.home)
    do throws(SSHFailure) {
      let answer = try question(peer)
      contacts.answered(peer.host, at: site.now)
      try? kept(answer.host).write(answer.encoded)
      return answer
    } catch {
      switch error {
      // The peer is alive, but its version does not know this question.
      case .declined: contacts.answered(peer.host, at: site.now)
      // Our own failure; it says nothing about the peer.
      case .noSSH, .setup: break
      default: contacts.failed(peer.host, "\(error)", at: site.now)
      }
      return nil
    }
  }

  private func question(_ peer: Peer) throws(SSHFailure) -> OverviewAnswer {
    let end = ContinuousClock.now + Self.patience
    let keys = trusted.keys(of: peer.host, for: .receipt, at: site.now)
    guard let key = keys.last, let id = MessageID.random() else { throw .noSSH }
    let question: EnvelopeHead
    do { question = try self.question(to: peer.host, key, id) } catch { throw .setup(error) }
    var session = try SSHSession.open(
      peer.sshAlias, .overview, SSHConfig(site, peer), until: end)
    session.end = end
    try session.write(question.framed(payload: 0))
    session.closeInput()
    let signed: SignedOverview
    do throws(SourceError) {
      guard let line = try session.nextLine(limit: 128), let lengths = SignedOverview.lengths(line)
      else {
        throw SourceError.failed
      }
      let answer = try session.read(exactly: lengths.answer)
      signed = SignedOverview(
        answer: answer, signature: try session.read(exactly: lengths.signature))
    } catch { throw .noAnswer(said: error == .timeout ? "no answer in time" : "no whole answer") }
    do {
      return try signed.verified(by: keys, from: peer.host, question.bytes)
    } catch { throw .noAnswer(said: "an answer that proves nothing") }
  }

  /// A host's last answer; nil: none that can be read.
  func last(of host: Host) -> OverviewAnswer? {
    (try? kept(host).read()).flatMap { try? OverviewAnswer(validating: $0) }
  }

  private func kept(_ host: Host) -> HomeFile {
    HomeFile(site.home, "state/overview/\(host.name)", limit: OverviewAnswer.limit)
  }

  /// A statement that asks for an overview.
  private func question(
    to host: Host, _ key: VerifyingKey, _ id: MessageID
  ) throws(SetupError) -> EnvelopeHead {
    let now = site.now
    let statement = Statement(
      kind: .status, id: id, from: Address(site.host), fromHost: site.host, to: Address(host),
      toHost: host, toKey: key.fingerprint, time: now,
      expires: Timestamp(milliseconds: now.milliseconds + Freshness.longestLife), length: 0,
      digest: Digest.hex(Digest.blake2b256([])))
    let identity = try KeyStore(site.home).identity(site.host)
    return identity.sign(statement)
  }
}
