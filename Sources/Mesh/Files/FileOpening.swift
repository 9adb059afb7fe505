internal import MeshCrypto

/// A file on its way in: unsealed where it was sealed, its caption taken off, hashed. Made from an `Authorised` whose
/// sender may drop files.
package struct FileOpening: ~Copyable {
  private let statement: Statement
  private let decision: AccessDecision
  private let signer: VerifyingKey
  private var unsealing: Unsealing
  private var hash = Blake2bStream()
  private var prefix: [UInt8] = []
  private var captionLength: Int?
  private var plainLength = 0
  /// The name that the sender proposes; nil until the sealed head has come.
  package private(set) var name: FileName?

  init(
    _ statement: Statement, _ decision: AccessDecision, _ signer: VerifyingKey, keys: SealKeys?
  ) throws(OpenError) {
    self.statement = statement
    self.decision = decision
    self.signer = signer
    unsealing = Unsealing(statement, keys: keys)
    if let encoded = statement.name { name = try FileOpening.name(encoded) }
  }

  /// What is wanted next; 0 when all has come. `exact`: fewer bytes are no use.
  package var wanted: (count: Int, exact: Bool) { unsealing.wanted }

  /// Bytes of the whole plain text; nil until the sealed head has come.
  package var declared: Int? {
    statement.seal == .none ? statement.length : unsealing.head?.length
  }

  /// Bytes of the file itself; nil until they are known.
  package var fileLength: Int? {
    guard let captionLength, let declared else { return nil }
    return max(0, declared - 2 - captionLength)
  }

  /// - Parameter bytes: at most what was wanted.
  /// - Returns: what of the file is in them.
  package mutating func take(_ bytes: [UInt8]) throws(OpenError) -> ArraySlice<UInt8> {
    let plain = try unsealing.take(bytes)
    if name == nil, let head = unsealing.head, let encoded = head.name {
      name = try FileOpening.name(encoded)
    }
    plainLength += plain.count
    let file = try withoutCaption(plain)
    if !file.isEmpty { hash.update(file.span) }
    return file
  }

  private mutating func withoutCaption(_ plain: [UInt8]) throws(OpenError) -> ArraySlice<UInt8> {
    if let captionLength, prefix.count == 2 + captionLength { return plain[...] }
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
  ///   - end: the end statement as it came in.
  ///   - signature: over it, by the key that signed the statement.
  package consuming func finish(end: [UInt8], signature: [UInt8]) throws(OpenError) -> VerifiedFile
  {
    guard unsealing.isFinished, let name, let captionLength, prefix.count == 2 + captionLength
    else { throw .truncated }
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
    do { text = try SafeText(body: caption) } catch { throw .text(error) }
    return VerifiedFile(
      statement: statement, decision: decision, name: name, length: plainLength - 2 - captionLength,
      digest: Digest.hex(file), caption: text)
  }

  private static func name(_ encoded: EncodedName) throws(OpenError) -> FileName {
    do { return try FileName(validating: encoded.decoded) } catch { throw .name }
  }
}

/// A file that came whole, as its sender signed it. Only `FileOpening.finish` makes one.
package struct VerifiedFile: ~Copyable {
  package let statement: Statement
  package let decision: AccessDecision
  package let name: FileName
  /// Bytes of the file.
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

  /// As a shell takes it: in quotes unless every character is plain.
  static func word(_ path: String) -> String {
    let plain = path.unicodeScalars.allSatisfy { scalar in
      scalar.properties.isAlphabetic || "0123456789/._+=,@%-~".unicodeScalars.contains(scalar)
    }
    guard !plain else { return path }
    let parts = path.split(separator: "'", omittingEmptySubsequences: false)
    return "'" + parts.joined(separator: "'\\''") + "'"
  }
}
