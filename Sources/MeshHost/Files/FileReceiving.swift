internal import Mesh
internal import MeshCrypto

/// Steps 11 and 12 for a file: quota, unsealing, digest, end statement. Written as `.part-<id>`,
/// then fsync, then linked to its name; never over another file.
struct FileReceiving {
  private let home: AgentsHome
  private let inbox: Inbox
  private let policy: Policy
  private let statement: Statement
  private let now: Timestamp
  /// Its name, if it was already received under this id.
  private let landed: FileName?

  private var part: String { "\(PartFile.prefix)\(statement.id)" }

  init(_ own: Credentials, _ statement: Statement, landed: FileName?) {
    home = own.site.home
    inbox = Inbox(own.site.home)
    policy = own.policies.effective
    now = own.site.now
    self.statement = statement
    self.landed = landed
  }

  func run<Source: ByteSource & ~Copyable>(
    _ opening: consuming FileOpening, _ reader: inout EnvelopeReader<Source>,
    _ progress: inout Progress
  ) throws(Stop) -> Opened {
    do { return try receive(opening, &reader, &progress) } catch {
      switch error {
      case let error as Stop: throw error
      case let error as SetupError: throw Stop(error)
      case let error as EnvelopeError: throw Stop(error)
      default: throw Stop(.failed, .disk, note: "\(error)")
      }
    }
  }

  private func receive<Source: ByteSource & ~Copyable>(
    _ opening: consuming FileOpening, _ reader: inout EnvelopeReader<Source>,
    _ progress: inout Progress
  ) throws -> Opened {
    try isWithin(statement.length - FileText.captionLimit - overhead)
    var opening = opening
    let first = try head(&opening, &reader)
    let size = Int64(opening.fileLength ?? 0)
    try isWithin(Int(size))
    let quota = DropQuota(home: home, quota: policy.senderQuota)
    let place = try place()
    guard try quota.reserve(size, statement, at: now) else {
      throw Stop(.refused, .quota, note: "the bytes of files that the host may send a day")
    }
    reader.expectMuch()
    do {
      let opened = try land(opening, first, size, &reader, &progress)
      if let place { place.release() }
      return opened
    } catch {
      _ = try? quota.giveBack(size, statement, at: now)
      inbox.dropEmptyFolder(of: statement.from)
      throw error
    }
  }

  /// - Returns: `nil` for a file from this account.
  private func place() throws -> FileLock? {
    guard statement.fromHost != statement.toHost else { return nil }
    guard let place = try HostPlaces.files.take(statement.fromHost, home) else {
      throw Stop(.refused, .quota, note: "too many files of that host are on their way")
    }
    return place
  }

  /// How many bytes the payload has besides caption and file.
  private var overhead: Int {
    statement.seal == .none ? 2 : SealedPayload.longest(plain: statement.length) - statement.length
  }

  private func isWithin(_ size: Int) throws(Stop) {
    guard Int64(size) <= policy.maxFile else {
      throw Stop(.refused, .quota, note: "above max_file")
    }
  }

  /// Reads until the file's length and name are known.
  private func head<Source: ByteSource & ~Copyable>(
    _ opening: inout FileOpening, _ reader: inout EnvelopeReader<Source>
  ) throws -> ArraySlice<UInt8> {
    var first: ArraySlice<UInt8> = []
    while opening.fileLength == nil, opening.wanted.count > 0 {
      first = try opening.take(try reader.piece(opening.wanted))
    }
    return first
  }

  private func land<Source: ByteSource & ~Copyable>(
    _ opening: consuming FileOpening, _ first: ArraySlice<UInt8>, _ size: Int64,
    _ reader: inout EnvelopeReader<Source>, _ progress: inout Progress
  ) throws -> Opened {
    var opening = opening
    let folder = try inbox.folder(of: statement.from)
    let before = try inbox.name(ofLinked: part, in: folder) ?? landed
    try folder.remove(part)
    var file = try inbox.part(part, in: folder, size: size, policy: policy)
    let landing = LandedFile(folder, part: part)
    try file.write(first)
    while opening.wanted.count > 0 {
      try file.write(try opening.take(try reader.piece(opening.wanted)))
    }
    let end = try reader.endStatement()
    try reader.end()
    let whole = try opening.finish(end: end.bytes, signature: end.signature)
    let name = try link(file, whole, before, landing.folder)
    progress.storedName = try? EncodedName(encoding: name.text)
    progress.landed = landing
    note(whole, name, before, progress)
    return try whole.opened(storedAt: "\(home.inbox)/\(statement.from)/\(name)")
  }

  /// The same file with the same id is not stored twice; the first one keeps its name.
  private func link(
    _ file: borrowing PartFile, _ whole: borrowing VerifiedFile, _ before: FileName?,
    _ folder: borrowing Directory
  ) throws(FileError) -> FileName {
    if let before, try isStored(whole, under: before, in: folder) { return before }
    try file.synchronise()
    return try inbox.link(part, as: whole.name, in: folder)
  }

  private func isStored(
    _ file: borrowing VerifiedFile, under name: FileName, in folder: borrowing Directory
  ) throws(FileError) -> Bool {
    guard let facts = try folder.facts(of: name.text), facts.kind == .regular,
      facts.size == Int64(file.length)
    else { return false }
    var hash = Blake2bStream()
    try folder.scan(name.text) { hash.update($0) }
    return Digest.hex(hash.finish()) == file.digest
  }

  private func note(
    _ file: borrowing VerifiedFile, _ name: FileName, _ before: FileName?, _ progress: Progress
  ) {
    let key = (try? SSHSignature.key(of: progress.head.signature))?.fingerprint ?? "-"
    let entry = InboxEntry(
      time: now.text, id: statement.id.text, from: statement.from.text,
      host: statement.fromHost.name, key: key, name: name.text,
      path: "\(home.inbox)/\(statement.from)/\(name)", bytes: Int64(file.length),
      digest: file.digest, sealed: statement.seal != .none)
    // Only what came before can be listed already.
    let isListed = { try InboxIndex(home).entries().contains { $0.isOf(entry) } }
    if before == nil || (try? isListed()) != true { _ = try? InboxIndex(home).append(entry) }
  }
}
