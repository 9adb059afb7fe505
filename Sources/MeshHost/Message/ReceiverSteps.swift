internal import Mesh
internal import MeshCrypto

/// The steps of `Receiver.road`, each as small as its line there.
extension Receiver {
  func verify(_ received: consuming Received, _ now: Timestamp) throws(Stop) -> Verified {
    do { return try received.verified(with: trusted, at: now, peer: peer) } catch {
      throw Stop(error)
    }
  }

  func isForUs(_ statement: Statement) throws(Stop) {
    guard statement.toHost == site.host else {
      throw Stop(.unknownAgent, note: "addressed to another host")
    }
    guard own.identity.keys.contains(where: { $0.fingerprint == statement.toKey }) else {
      throw Stop(
        .notAuthentic, .keyChanged, note: "it names another key of ours: \(statement.toKey)")
    }
    let longest =
      statement.seal == .none
      ? SafeText.limit : SealedPayload.longest(plain: SafeText.limit)
    guard statement.kind == .file || statement.length <= longest else {
      throw Stop(.refused, .text, note: "longer than 64 KiB")
    }
  }

  /// What `require_seal` asks for; learnt only by senders that are admitted.
  func isSealedAsRequired(_ statement: Statement) throws(Stop) {
    guard statement.seal == .none, policies.effective.requireSeal.wants(statement.fromHost) else {
      return
    }
    throw Stop(.refused, .sealRequired)
  }

  /// - Parameter expecting: an address that will be asked for.
  func livePanes(expecting: Address? = nil) throws(Stop) -> PaneDirectory {
    if let panes, panes.isFresh { return panes }
    do throws(Tmux.Failure) {
      return try PaneDirectory(site, hosts: trusted.hosts, expecting: expecting)
    } catch {
      if case .noServer = error { throw Stop(.unknownAgent, note: "no tmux server is running") }
      throw Stop(.failed, .tmux, note: "\(error)")
    }
  }

  func recipient(_ statement: Statement, _ panes: PaneDirectory) throws(Stop) -> Recipient {
    guard let found = panes.reachable(statement.to) else {
      // It may be there.
      guard panes.silent.isEmpty else {
        throw Stop(.failed, .tmux, note: "a tmux server does not answer")
      }
      throw Stop(.unknownAgent, note: "no live pane has that address")
    }
    return found
  }

  func isFresh(_ statement: Statement, _ now: Timestamp) throws(Stop) {
    do {
      try Freshness.check(statement, now: now, skew: policies.effective.skew)
    } catch { throw Stop(error) }
  }

  func isWithinRate(_ statement: Statement, _ now: Timestamp) throws(Stop) {
    guard statement.fromHost != site.host else { return }
    let admits: Bool
    do {
      admits = try RateStore(site.home).admits(
        statement, at: now, rate: policies.effective.rate)
    } catch { throw Stop(error) }
    guard admits else { throw Stop(.refused, .rate) }
  }

  func entry(_ statement: Statement, began: ContinuousClock.Instant) throws(Stop) -> SeenEntry {
    let patience = Patience.turn + .seconds(5 + (statement.options.wait ?? 0))
    do {
      return try SeenStore(site.home).entry(statement, until: began + patience)
    } catch .file(.timeout) {
      throw Stop(.unknown, .timeout, note: "another process holds the same message")
    } catch { throw Stop(error) }
  }

  /// - Returns: nil when the message was answered from the store.
  func judge(
    _ verified: borrowing Verified, _ entry: borrowing SeenEntry, _ progress: inout Progress
  ) throws(Stop) -> ReplayTicket? {
    switch Replay.judge(verified, found: entry.found) {
    case .fresh(let ticket): return ticket
    case .again(let stored):
      progress.repeatStored(stored)
      return nil
    case .interrupted:
      progress.note = "an earlier process died while it typed; not typed again"
      progress.disposition = Disposition(.unknown)
      return nil
    case .reused: throw Stop(.notAuthentic, .idReused)
    }
  }

  /// Step 10: for a file, both lists have to admit.
  func admit(
    _ verified: borrowing Verified, _ recipient: Recipient, _ progress: inout Progress
  ) throws(Stop) -> Admission {
    let sender = VerifiedSender(verified, me: site.host)
    let levels: [String: OptionLevels]
    do throws(Tmux.Failure) {
      levels = try recipient.options(AccessOption.names(verified.statement.kind))
    } catch { throw Stop(.failed, .tmux, note: "\(error)") }
    let ceilings = policies.ceilings(for: verified.statement.to, recipient.address)
    let typing = try decide(sender, levels[AccessOption.allow], recipient, ceilings)
    progress.rule = typing.rule
    guard verified.statement.kind == .file else { return Admission(typing: typing, files: nil) }
    do {
      return Admission(
        typing: typing, files: try decide(sender, levels[AccessOption.files], recipient, ceilings))
    } catch {
      throw Stop(.refused, .denied, note: "by \(AccessOption.files)", rule: error.rule)
    }
  }

  private func decide(
    _ sender: VerifiedSender, _ levels: OptionLevels?, _ recipient: Recipient,
    _ ceilings: [Ceiling]
  ) throws(Stop) -> AccessDecision {
    let ruling = Access.judge(
      sender, levels: AllowLevels(levels, recipient.pane), ceilings: ceilings,
      hosts: trusted.hosts)
    switch ruling {
    case .refused(let rule): throw Stop(.refused, .denied, rule: rule)
    case .admitted(let decision): return decision
    }
  }

  func authorise(
    _ verified: consuming Verified, _ decision: AccessDecision, _ ticket: consuming ReplayTicket
  ) throws(Stop) -> Authorised {
    do { return try verified.authorised(by: decision, ticket) } catch {
      throw Stop(.notAuthentic, .idReused)
    }
  }

  /// Steps 11 and 12: whole, unsealed and made safe; a file is in the inbox then.
  func open<Source: ByteSource & ~Copyable>(
    _ authorised: consuming Authorised, _ admission: Admission,
    _ reader: inout EnvelopeReader<Source>, _ found: SeenRecord?, _ progress: inout Progress
  ) throws(Stop) -> Opened {
    let keys: SealKeys?
    do {
      keys = authorised.statement.seal == .none ? nil : try KeyStore(site.home).sealKeys()
    } catch { throw Stop(error) }
    if let files = admission.files {
      let receiving = FileReceiving(self, authorised.statement, landed: found?.storedName)
      let opening: FileOpening
      do { opening = try authorised.opening(files: files, keys: keys) } catch { throw Stop(error) }
      return try receiving.run(opening, &reader, &progress)
    }
    let payload: [UInt8]
    do { payload = try reader.body() } catch { throw Stop(error) }
    do {
      guard let keys else { return try authorised.opened(payload: payload) }
      return try authorised.opened(sealed: payload, with: keys)
    } catch { throw Stop(error) }
  }
}

/// What the lists say: `files` for a file drop alone.
struct Admission {
  let typing: AccessDecision
  let files: AccessDecision?
}

extension SeenRecord {
  /// The name that a file got when it came before and its line could not be typed.
  var storedName: FileName? {
    let receipt = (try? SignedReceipt(framed: receipt))?.unverified
    return receipt?.name.flatMap { try? FileName(validating: $0.decoded) }
  }
}
