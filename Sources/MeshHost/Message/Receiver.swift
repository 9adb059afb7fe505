package import Mesh

/// The receiving side: one envelope in, one signed receipt out. It reads like protocol section 5, a step a line;
/// the first failure ends it, and nothing reaches a pane before every check above it has passed.
package struct Receiver: ~Copyable {
  let own: Credentials
  /// The host that the connection is bound to: `serve --peer`.
  let peer: Host?
  /// What this very process has just read.
  let panes: PaneDirectory?

  package init(_ own: Credentials, peer: Host? = nil, panes: PaneDirectory? = nil) {
    self.own = own
    self.peer = peer
    self.panes = panes
  }

  var site: Site { own.site }
  var trusted: TrustedKeys { own.trusted }
  var policies: Policies { own.policies }

  /// - Returns: the receipt; nil when the bytes were no envelope, so that there is nobody to answer.
  package func receive<Source: ByteSource & ~Copyable>(_ source: consuming Source) -> SignedReceipt?
  {
    let began = ContinuousClock.now
    var reader = EnvelopeReader(source)
    let received: Received
    do {
      received = try reader.head()
    } catch {
      note(unreadable: error)
      return nil
    }
    var progress = Progress(received, began: began)
    do {
      try road(received, &reader, &progress)
    } catch {
      progress.stop(error)
    }
    return close(progress)
  }

  /// Steps 3 to 14.
  private func road<Source: ByteSource & ~Copyable>(
    _ received: consuming Received, _ reader: inout EnvelopeReader<Source>,
    _ progress: inout Progress
  ) throws(Stop) {
    let now = site.now
    let verified = try verify(received, now)
    if verified.statement.kind == .status { return try answer(verified, &progress) }
    try isForUs(verified.statement)
    let panes = try livePanes(expecting: verified.statement.to)
    let recipient = try self.recipient(verified.statement, panes)
    try isFresh(verified.statement, now)
    try isWithinRate(verified.statement, now)
    let entry = try entry(verified.statement, began: progress.began)
    do {
      guard let ticket = try judge(verified, entry, &progress) else { return }
      let admission = try admit(verified, recipient, &progress)
      try isSealedAsRequired(verified.statement)
      let authorised = try authorise(verified, admission.typing, ticket)
      let opened = try open(authorised, admission, &reader, entry.found, &progress)
      if policies.effective.logBodies { progress.body = opened.text.text }
      // What it was called is right as long as it is no old name.
      progress.admitted = recipient.isOld ? recipient.address : progress.claim.to
      // A file may have taken its time.
      let began = admission.files == nil ? progress.began : .now
      let delivery = PaneDelivery(self, recipient, began: began)
      let whole = reader.whole
      progress.disposition = try deliver(opened, whole, by: delivery, entry)
    } catch {
      progress.stop(error)
    }
    progress.keepStored()
    finish(entry, &progress)
  }
}
