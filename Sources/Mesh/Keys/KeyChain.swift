package import MeshCrypto

/// Why a chain's bytes are not taken; the whole file fails.
package enum KeyChainError: Error, Equatable, Sendable {
  case form(FormError)
  case signature
  case tooLong
  /// Records of several hosts in one chain.
  case anotherHost
}

/// What a host's keys say of each other: `slices/<host>.chain`, carried beside its slice. Every record proves
/// itself, so whoever carries it need not be trusted; what it means for us, `AllowedSigners.follow` decides.
package struct KeyChain: Equatable, Sendable {
  /// The most bytes, and the most records of each kind.
  package static let limit = 32 << 10
  package static let mostRecords = 8

  /// Oldest first.
  package private(set) var rotations: [SignedRotation] = []
  package private(set) var revocations: [SignedRevocation] = []

  package init() {}

  package var isEmpty: Bool { rotations.isEmpty && revocations.isEmpty }

  /// nil: no records.
  package var host: Host? { rotations.first?.rotation.host ?? revocations.first?.revocation.host }

  package var bytes: [UInt8] { rotations.flatMap(\.bytes) + revocations.flatMap(\.bytes) }

  /// BLAKE2b-256 in hex: two sides with the same records have the same.
  package var hash: String { Digest.hex(Digest.blake2b256(bytes)) }

  /// Takes what `bytes` writes, in any order. Every signature is verified.
  package init(validating bytes: [UInt8]) throws(KeyChainError) {
    guard bytes.count <= KeyChain.limit else { throw .tooLong }
    var rest = bytes[...]
    var count = 0
    while !rest.isEmpty {
      count += 1
      guard count <= 2 * KeyChain.mostRecords else { throw .tooLong }
      try takeRecord(&rest)
    }
    guard rotations.count <= KeyChain.mostRecords, revocations.count <= KeyChain.mostRecords else {
      throw .tooLong
    }
    let hosts = Set(rotations.map(\.rotation.host) + revocations.map(\.revocation.host))
    guard hosts.count <= 1 else { throw .anotherHost }
    sort()
  }

  private mutating func takeRecord(_ rest: inout ArraySlice<UInt8>) throws(KeyChainError) {
    guard let end = rest.prefix(32).firstIndex(of: 10) else { throw .form(.preamble) }
    let line = Array(rest[..<end])
    rest = rest[(end + 1)...]
    if let parts = try? Framing.numbers(line, word: SignedRotation.word, count: 3) {
      rotations.append(
        try SignedRotation(
          statement: try KeyChain.piece(parts[0], &rest), old: try KeyChain.piece(parts[1], &rest),
          new: try KeyChain.piece(parts[2], &rest)))
    } else if let parts = try? Framing.numbers(line, word: SignedRevocation.word, count: 2) {
      revocations.append(
        try SignedRevocation(
          statement: try KeyChain.piece(parts[0], &rest),
          signature: try KeyChain.piece(parts[1], &rest)))
    } else {
      throw .form(.preamble)
    }
  }

  private static func piece(
    _ length: Int, _ rest: inout ArraySlice<UInt8>
  ) throws(KeyChainError) -> [UInt8] {
    guard (1...Preamble.signatureLimit).contains(length), length <= rest.count else {
      throw .form(.length)
    }
    defer { rest = rest.dropFirst(length) }
    return Array(rest.prefix(length))
  }

  private mutating func sort() {
    rotations = Set(rotations).sorted {
      ($0.rotation.time, Digest.hex($0.bytes)) < ($1.rotation.time, Digest.hex($1.bytes))
    }
    revocations = Set(revocations).sorted {
      ($0.revocation.time, Digest.hex($0.bytes)) < ($1.revocation.time, Digest.hex($1.bytes))
    }
  }
}

extension KeyChain {
  /// Adds a record; of too many, the oldest goes.
  package mutating func add(_ rotation: SignedRotation) {
    rotations.append(rotation)
    trim()
  }

  package mutating func add(_ revocation: SignedRevocation) {
    revocations.append(revocation)
    trim()
  }

  /// What both hold, of one host.
  package func joined(_ other: KeyChain) -> KeyChain {
    guard host == nil || other.host == nil || host == other.host else { return self }
    var both = self
    both.rotations += other.rotations
    both.revocations += other.revocations
    both.trim()
    return both
  }

  private mutating func trim() {
    sort()
    // One statement about two keys is enough, however often it was signed.
    var pairs = Set<[[UInt8]]>()
    rotations = rotations.filter {
      pairs.insert([$0.rotation.old.bytes, $0.rotation.new.bytes]).inserted
    }
    var keys = Set<[UInt8]>()
    revocations = revocations.filter { keys.insert($0.revocation.key.bytes).inserted }
    rotations = Array(rotations.suffix(KeyChain.mostRecords))
    revocations = Array(revocations.suffix(KeyChain.mostRecords))
  }
}

extension KeyChain {
  /// The records that have to do with `keys`, by however many steps: what is worth keeping and handing on.
  package func touching(_ keys: Set<VerifyingKey>) -> KeyChain {
    var linked = keys
    for _ in rotations {
      for record in rotations.map(\.rotation)
      where linked.contains(record.old) || linked.contains(record.new) {
        linked.formUnion([record.old, record.new])
      }
    }
    var kept = self
    kept.rotations = rotations.filter { linked.contains($0.rotation.old) }
    kept.revocations = revocations.filter { linked.contains($0.revocation.key) }
    return kept
  }
}
