internal import MeshCrypto

/// A file that is being received: unsealed if it was sealed, its caption split off, and hashed. It
/// is made from an `Authorised` whose sender may send files.
package struct FileOpening: ~Copyable {
  private let statement: Statement
  private let decision: AccessDecision
  private let signer: VerifyingKey
  private var unsealing: Unsealing
  private var hash = Blake2bStream()
  private var prefix: [UInt8] = []
  private var captionLength: Int?
  private var plainLength = 0
  /// The name that the sender proposes; `nil` until the sealed head has arrived.
  package private(set) var name: FileName?

  init(
    _ statement: Statement, _ decision: AccessDecision, _ signer: VerifyingKey, keys: SealKeys?
  ) throws(Stop) {
    self.statement = statement
    self.decision = decision
    self.signer = signer
    unsealing = Unsealing(statement, keys: keys)
    if let encoded = statement.name { name = try FileOpening.name(encoded) }
  }

  /// How many bytes to read next; 0 when complete. With `exact`, fewer bytes are useless.
  package var wanted: (count: Int, exact: Bool) { unsealing.wanted }

  /// Length of the whole plain text; `nil` until the sealed head has arrived.
  package var declared: Int? { statement.seal == .none ? statement.length : unsealing.head?.length }

  /// Length of the file itself; `nil` until it is known.
  package var fileLength: Int? {
    guard let captionLength, let declared else { return nil }
    return max(0, declared - 2 - captionLength)
  }

  /// - Parameter bytes: at most `wanted.count`.
  /// - Returns: the part of the file that they contain.
  package mutating func take(_ bytes: [UInt8]) throws(Stop) -> ArraySlice<UInt8> {
    let plain = try unsealing.take(bytes)
    if name == nil, let head = unsealing.head, let encoded = head.name {
      name = try FileOpening.name(encoded)
    }
    plainLength += plain.count
    let file = try withoutCaption(plain)
    if !file.isEmpty { hash.update(file.span) }
    return file
  }

  private mutating func withoutCaption(_ plain: [UInt8]) throws(Stop) -> ArraySlice<UInt8> {
    var rest = plain[...]
    func move(_ count: Int, to prefix: inout [UInt8]) {
      let piece = rest.prefix(count)
      prefix += piece
      rest = rest.dropFirst(piece.count)
    }
    if prefix.count < 2 { move(2 - prefix.count, to: &prefix) }
    guard prefix.count >= 2 else { return [] }
    let count = Int(prefix[0]) << 8 | Int(prefix[1])
    guard count <= FileText.captionLimit, 2 + count <= declared ?? 0 else { throw .sealedForm }
    captionLength = count
    move(2 + count - prefix.count, to: &prefix)
    return rest
  }

  /// - Parameters:
  ///   - end: the end statement as received.
  ///   - signature: the signature over it, by the key that signed the statement.
  package consuming func finish(end: [UInt8], signature: [UInt8]) throws(Stop) -> VerifiedFile {
    guard unsealing.isFinished, let name, let captionLength else { throw .truncated }
    do {
      try SSHSignature.verify(
        signature, over: end, namespace: Namespace.message.rawValue, by: signer)
    } catch { throw .endSignature }
    let caption = Array(prefix.dropFirst(2))
    let file = hash.finish()
    guard let said = try? EndStatement(validating: end), said.id == statement.id,
      said.length == plainLength, said.digest == EndStatement.digest(caption: caption, file: file)
    else { throw .digest }
    let text: SafeText
    do { text = try SafeText(body: caption) } catch { throw .text }
    return VerifiedFile(
      statement: statement, decision: decision, name: name, length: plainLength - 2 - captionLength,
      digest: Digest.hex(file), caption: text)
  }

  private static func name(_ encoded: EncodedName) throws(Stop) -> FileName {
    do { return try FileName(validating: encoded.decoded) } catch { throw .name }
  }
}

/// A complete file, exactly as its sender signed it. Only `FileOpening.finish` makes it.
package struct VerifiedFile: ~Copyable {
  package let statement: Statement
  package let decision: AccessDecision
  package let name: FileName
  /// Length of the file, in bytes.
  package let length: Int
  /// Its BLAKE2b-256, in hex.
  package let digest: String
  package let caption: SafeText

  fileprivate init(
    statement: Statement, decision: AccessDecision, name: FileName, length: Int, digest: String,
    caption: SafeText
  ) {
    (self.statement, self.decision, self.name) = (statement, decision, name)
    (self.length, self.digest, self.caption) = (length, digest, caption)
  }

  /// The path as a shell word: quoted unless every character is plain.
  static func word(_ path: String) -> String {
    let plain = path.unicodeScalars.allSatisfy { scalar in
      scalar.properties.isAlphabetic || "0123456789/._+=,@%-~".unicodeScalars.contains(scalar)
    }
    return plain ? path : ShellWord.inQuotes(path)
  }
}
