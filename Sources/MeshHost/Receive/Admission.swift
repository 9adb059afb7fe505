internal import Mesh

/// The decisions of the access lists; `files` only for a file.
struct Admission {
  let typing: AccessDecision
  let files: AccessDecision?
}

/// Steps 10 to 12 of the receive path: the access lists decide, then the payload is received and opened.
extension Receiver {
  /// Step 10: for a file, both lists have to admit the sender.
  func admit(
    _ counted: borrowing Counted, _ recipient: Recipient, _ progress: inout Progress
  ) throws(Stop) -> Admission {
    let sender = VerifiedSender(counted, me: site.host)
    let levels: [String: OptionLevels]
    do throws(Tmux.Failure) {
      levels = try recipient.options(AccessOption.names(counted.statement.kind))
    } catch { throw Stop(.failed, .tmux, note: "\(error)") }
    let ceilings = policies.ceilings(for: counted.statement.to, recipient.address)
    let typing = try decide(sender, levels[AccessOption.allow], recipient, ceilings)
    progress.rule = typing.rule
    guard counted.statement.kind == .file else { return Admission(typing: typing, files: nil) }
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
    _ counted: consuming Counted, _ decision: AccessDecision, _ ticket: consuming ReplayTicket
  ) throws(Stop) -> Authorised {
    let rule = policies.effective.requireSeal
    do { return try counted.authorised(by: decision, requireSeal: rule, ticket) } catch {
      throw Stop(error)
    }
  }

  /// Steps 11 and 12: received completely, unsealed and made safe; a file is in the inbox after this.
  func open<Source: ByteSource & ~Copyable>(
    _ authorised: consuming Authorised, _ admission: Admission,
    _ reader: inout EnvelopeReader<Source>, _ found: SeenRecord?, _ progress: inout Progress
  ) throws(Stop) -> Opened {
    let keys: SealKeys?
    do {
      keys = authorised.statement.seal == .none ? nil : try KeyStore(site.home).sealKeys()
    } catch { throw Stop(error) }
    if let files = admission.files {
      let receiving = FileReceiving(own, authorised.statement, landed: found?.storedName)
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
