package import Mesh
internal import MeshCrypto
internal import Synchronization

/// A file to send with an order; the order's body becomes its caption. `FileStream` reads it once
/// while it is sent.
package struct Attachment: Sendable {
  package let file: SourceFile
  /// The name that we propose for it.
  package let name: FileName
  /// Called during sending, with the bytes sent and the bytes in total.
  package let progress: @Sendable (Int64, Int64) -> Void

  package init(
    _ file: SourceFile, name: FileName, progress: @escaping @Sendable (Int64, Int64) -> Void
  ) {
    (self.file, self.name, self.progress) = (file, name, progress)
  }

  /// All of stdin, in a file without a name until it is sent.
  package static func standardInput(
    _ site: Site, limit: Int64
  ) throws(SourceFileError) -> SourceFile {
    try SourceFile.standardInput(
      in: try folder(site), limit: limit, until: .now + Self.patience)
  }

  /// A directory as one archive, in a file without a name until it is sent. The
  /// receiver does not unpack it.
  package static func archive(
    of path: String, _ site: Site, limit: Int64
  ) throws(SourceFileError) -> SourceFile {
    try SourceFile.archive(
      of: path, in: try folder(site), limit: limit, until: .now + Self.patience)
  }

  private static let patience = Duration.seconds(24 * 3600)

  private static func folder(_ site: Site) throws(SourceFileError) -> Directory {
    do { return try site.home.directory("state") } catch { throw .disk }
  }
}

/// What happened to a file's bytes during sending.
final class FileFate: Sendable {
  private let state = Mutex<(changed: Bool, digest: String?)>((false, nil))

  /// The file grew, shrank or was rewritten. Then no end statement is made, and
  /// the receiver refuses it.
  var changed: Bool { state.withLock(\.changed) }
  /// The file's BLAKE2b-256, in hex, once all of it was read.
  var digest: String? { state.withLock(\.digest) }

  func hasChanged() { state.withLock { $0.changed = true } }
  func isWhole(_ digest: String) { state.withLock { $0.digest = digest } }
}

/// A file's envelope on the wire, made while the file is read once, in pieces: head, caption, file,
/// end statement.
struct FileStream: ByteSource, ~Copyable {
  private static let plainPiece = 1 << 18

  private enum Stage { case head, file, end, over }

  private let attachment: Attachment
  let head: EnvelopeHead
  private let caption: [UInt8]
  /// The beginning of the payload: the caption, or the sealed head.
  private let prefix: [UInt8]
  private let own: Credentials
  private let fate: FileFate
  private var sealing: SealedPayload?
  private var stage = Stage.head
  private var hash: Blake2bStream? = Blake2bStream()
  /// How far the file was read.
  private var offset: Int64 = 0
  /// Made, but not requested yet.
  private var pending: ArraySlice<UInt8> = []

  init(
    _ attachment: Attachment, _ head: EnvelopeHead, caption: [UInt8],
    prefix: [UInt8], sealing: consuming SealedPayload?, _ own: Credentials,
    _ fate: FileFate
  ) {
    self.attachment = attachment
    self.head = head
    self.caption = caption
    self.prefix = prefix
    self.sealing = sealing
    self.own = own
    self.fate = fate
  }

  mutating func read(
    atMost count: Int, until end: ContinuousClock.Instant
  ) throws(SourceError) -> [UInt8] {
    if pending.isEmpty {
      let piece = try next()
      if piece.count <= count { return piece }
      pending = piece[...]
    }
    let piece = Array(pending.prefix(count))
    pending = pending.dropFirst(piece.count)
    return piece
  }

  private mutating func next() throws(SourceError) -> [UInt8] {
    switch stage {
    case .head:
      stage = .file
      return head.framed(payload: head.statement.length) + prefix
    case .file:
      let sealed = try sealing == nil ? plainPiece() : sealedPiece()
      attachment.progress(offset, attachment.file.size)
      return sealed
    case .end:
      stage = .over
      return try endStatement()
    case .over: return []
    }
  }

  private mutating func plainPiece() throws(SourceError) -> [UInt8] {
    var piece: [UInt8] = []
    try fill(&piece, to: Self.plainPiece)
    if offset == attachment.file.size { stage = .end }
    return piece.isEmpty ? try next() : piece
  }

  /// The first chunk begins with the caption.
  private mutating func sealedPiece() throws(SourceError) -> [UInt8] {
    var chunk = offset == 0 ? FileText.prefix(caption) : []
    try fill(&chunk, to: SealedStream.chunkLength)
    let final = offset == attachment.file.size
    if final { stage = .end }
    guard let sealed = try? sealing?.seal(chunk.span, final: final) else { throw .failed }
    return sealed
  }

  /// Appends the file's next bytes.
  private mutating func fill(_ chunk: inout [UInt8], to count: Int) throws(SourceError) {
    let start = chunk.count
    chunk.reserveCapacity(count)
    while chunk.count < count, offset < attachment.file.size {
      let want = min(count - chunk.count, Int(clamping: attachment.file.size - offset))
      let got = attachment.file.read(appendingTo: &chunk, at: offset, atMost: want) ?? 0
      guard got > 0 else { throw failed() }
      offset += Int64(got)
    }
    hash?.update(chunk.span.extracting(start...))
  }

  private mutating func endStatement() throws(SourceError) -> [UInt8] {
    var more: [UInt8] = []
    guard attachment.file.read(appendingTo: &more, at: offset, atMost: 1) == 0,
      attachment.file.isUnchanged
    else { throw failed() }
    guard let digest = hash.take()?.finish() else { throw failed() }
    let end = EndStatement(
      id: head.statement.id, length: 2 + caption.count + Int(clamping: offset),
      digest: EndStatement.digest(caption: caption, file: digest))
    let signature = SSHSignature.make(
      over: end.bytes, namespace: Namespace.message.rawValue, by: own.identity.signing)
    fate.isWhole(Digest.hex(digest))
    return end.framed(signature: signature)
  }

  private mutating func failed() -> SourceError {
    fate.hasChanged()
    stage = .over
    return .failed
  }
}
