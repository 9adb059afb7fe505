package import MeshCrypto

/// Turns a payload into its plain text, piece by piece, in constant memory. It is only made from an
/// `Authorised`: nothing is decrypted for a sender that the recipient does not admit.
struct Unsealing: ~Copyable {
  private enum Stage {
    case boxLength
    case box(Int)
    case streamHeader
    case content
  }

  /// How many bytes of a plain payload are read at a time.
  private static let plainPiece = 1 << 18

  private let statement: Statement
  private let keys: SealKeys?
  private var stage: Stage
  private let streamKey = StreamKey()
  private var reader: SealedStreamReader?
  /// Bytes that have not arrived yet.
  private var left: Int
  /// The sealed head; `nil` for a plain payload and before the head has arrived.
  private(set) var head: SealedHead?

  /// - Parameter keys: `nil` for a plain payload.
  init(_ statement: Statement, keys: SealKeys?) {
    self.statement = statement
    self.keys = keys
    left = statement.length
    stage = keys == nil ? .content : .boxLength
  }

  /// How many bytes to read next; 0 when complete. With `exact`, fewer bytes are useless.
  var wanted: (count: Int, exact: Bool) {
    switch stage {
    case .boxLength: (min(2, left), true)
    case .box(let count): (min(count, left), true)
    case .streamHeader: (min(SealedStream.headerLength, left), true)
    case .content where keys == nil: (min(Unsealing.plainPiece, left), false)
    case .content: (min(SealedStream.chunkLength + SealedStream.overhead, left), true)
    }
  }

  var isFinished: Bool { left == 0 }

  /// - Parameter bytes: at most `wanted.count`.
  /// - Returns: the plain text in them; empty for the parts of the head.
  mutating func take(_ bytes: [UInt8]) throws(Stop) -> [UInt8] {
    guard bytes.count <= left else { throw .truncated }
    left -= bytes.count
    switch stage {
    case .boxLength:
      guard bytes.count == 2 else { throw .truncated }
      let count = Int(bytes[0]) << 8 | Int(bytes[1])
      let longest = SealedHead.limit + SealPublicKey.overhead
      guard (SealPublicKey.overhead...longest).contains(count) else { throw .sealedForm }
      stage = .box(count)
      return []
    case .box:
      try open(box: bytes)
      stage = .streamHeader
      return []
    case .streamHeader:
      try start(header: bytes)
      stage = .content
      return []
    case .content: return try content(bytes)
    }
  }

  private mutating func open(box: [UInt8]) throws(Stop) {
    guard let digest = statement.digest, digest == Digest.hex(Digest.blake2b256(box)) else {
      throw .digest
    }
    guard var plain = keys?.open(box) else { throw .sealKey }
    defer { Sodium.wipe(&plain) }
    let decoded: (head: SealedHead, key: [UInt8])
    do { decoded = try SealedHead.decode(plain) } catch { throw .sealedForm }
    streamKey.bytes = decoded.key
    guard decoded.head.agrees(with: statement) else { throw .anotherHead }
    // The plain length determines the sealed length, so no chunk can be
    // left out, repeated or added.
    guard SealedPayload.length(box: box.count, plain: decoded.head.length) == statement.length
    else { throw .sealedForm }
    head = decoded.head
  }

  private mutating func start(header: [UInt8]) throws(Stop) {
    var key: [UInt8] = []
    swap(&key, &streamKey.bytes)
    defer { Sodium.wipe(&key) }
    do { reader = try SealedStreamReader(key: key.span, header: header) } catch {
      throw .sealedForm
    }
  }

  private mutating func content(_ bytes: [UInt8]) throws(Stop) -> [UInt8] {
    guard keys != nil else { return bytes }
    let pulled: (plain: [UInt8], final: Bool)?
    do { pulled = try reader?.pull(bytes) } catch { throw .digest }
    guard let pulled else { throw .sealedForm }
    // FINAL must come exactly at the declared length.
    guard pulled.final == isFinished else { throw .digest }
    return pulled.plain
  }
}

/// The stream's key, from the head to the first chunk. Wiped whatever happens to the payload.
private final class StreamKey {
  var bytes: [UInt8] = []
  deinit { Sodium.wipe(&bytes) }
}

/// This account's seal keys: the current one, and the previous one for what was
/// sealed during the change.
package struct SealKeys: Sendable {
  private let keys: [Box]

  package init(_ current: consuming SealKey, previous: consuming SealKey? = nil) {
    let first = Box(current)
    if let previous = consume previous { keys = [first, Box(previous)] } else { keys = [first] }
  }

  /// The content of a sealed box, whichever key it is for; `nil` if it is
  /// for neither or was changed.
  func open(_ box: [UInt8]) -> [UInt8]? {
    for key in keys {
      if let plain = try? key.key.open(box) { return plain }
    }
    return nil
  }

  /// A key cannot be copied, but a box around it can be shared.
  private final class Box: Sendable {
    let key: SealKey
    init(_ key: consuming SealKey) { self.key = key }
  }
}
