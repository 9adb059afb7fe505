internal import MeshCrypto

/// Why a chain is refused. One bad record refuses the whole file.
package enum KeyChainError: Error, Equatable, Sendable {
  case form(FormError)
  case signature
  case tooLong
  /// Records of several hosts in one chain.
  case anotherHost
}

/// A host's statements about its own keys: `slices/<host>.chain`, sent together with its slice.
/// Every record carries its proof, so the peer that relays it need not be trusted.
/// `AllowedSigners.follow` decides from all records what a chain means here; only then does `kept`
/// choose which records are stored and passed on.
package struct KeyChain: Equatable, Sendable {
  /// The maximum size in bytes. A record has at least 400, so this also limits
  /// the signatures to verify.
  package static let limit = 64 << 10
  /// Rotations are kept for this many replaced keys, the latest ones.
  static let mostLinks = 16

  /// Both without duplicates, oldest first.
  package private(set) var rotations: [SignedRotation] = []
  package private(set) var revocations: [SignedRevocation] = []

  package init() {}

  package var isEmpty: Bool { rotations.isEmpty && revocations.isEmpty }

  /// `nil` if there are no records.
  package var host: Host? { rotations.first?.rotation.host ?? revocations.first?.revocation.host }

  package var bytes: [UInt8] { rotations.flatMap(\.bytes) + revocations.flatMap(\.bytes) }

  /// BLAKE2b-256 in hex. Two peers with the same records have the same hash.
  package var hash: String { Digest.hex(Digest.blake2b256(bytes)) }

  package mutating func add(_ rotation: SignedRotation) {
    rotations.append(rotation)
    sort()
  }

  package mutating func add(_ revocation: SignedRevocation) {
    revocations.append(revocation)
    sort()
  }

  /// All records of both chains, which must be of one host. Nothing is dropped, whatever the size.
  package func joined(_ other: KeyChain) -> KeyChain {
    guard host == nil || other.host == nil || host == other.host else { return self }
    var both = self
    both.rotations += other.rotations
    both.revocations += other.revocations
    both.sort()
    return both
  }

  private mutating func sort() {
    rotations = Self.sorted(rotations)
    revocations = Self.sorted(revocations)
  }

  /// By time. One statement about the same keys is enough, however often it was signed: the
  /// earliest is kept.
  private static func sorted<Content>(
    _ records: [SignedStatement<Content>]
  ) -> [SignedStatement<Content>] {
    var seen = Set<[VerifyingKey]>()
    return records.sorted { left, right in
      left.content.time == right.content.time
        ? left.bytes.lexicographicallyPrecedes(right.bytes) : left.content.time < right.content.time
    }.filter { seen.insert($0.content.signers).inserted }
  }
}

/// Reading.
extension KeyChain {
  /// Reads the records of `bytes` in any order. Every signature is verified.
  package init(validating bytes: [UInt8]) throws(KeyChainError) {
    guard bytes.count <= KeyChain.limit else { throw .tooLong }
    var rest = bytes[...]
    while !rest.isEmpty { try takeRecord(&rest) }
    let hosts = Set(rotations.map(\.rotation.host) + revocations.map(\.revocation.host))
    guard hosts.count <= 1 else { throw .anotherHost }
    sort()
  }

  private mutating func takeRecord(_ rest: inout ArraySlice<UInt8>) throws(KeyChainError) {
    guard let end = rest.prefix(32).firstIndex(of: 10) else { throw .form(.preamble) }
    let line = Array(rest[..<end])
    rest = rest[(end + 1)...]
    if let record: SignedRotation = try KeyChain.record(line, signatures: 2, &rest) {
      rotations.append(record)
    } else if let record: SignedRevocation = try KeyChain.record(line, signatures: 1, &rest) {
      revocations.append(record)
    } else {
      throw .form(.preamble)
    }
  }

  /// - Parameter line: the record's first line.
  /// - Returns: `nil` for a record of another kind.
  private static func record<Content>(
    _ line: [UInt8], signatures: Int, _ rest: inout ArraySlice<UInt8>
  ) throws(KeyChainError) -> SignedStatement<Content>? {
    guard let lengths = try? Framing.numbers(line, word: Content.word, count: signatures + 1)
    else { return nil }
    var pieces: [[UInt8]] = []
    for length in lengths {
      guard (1...SSHSignature.maximumLength).contains(length), length <= rest.count else {
        throw .form(.length)
      }
      pieces.append(Array(rest.prefix(length)))
      rest = rest.dropFirst(length)
    }
    return try SignedStatement(pieces[0], Array(pieces.dropFirst()))
  }
}

/// What is stored and passed on.
extension KeyChain {
  /// - Parameter pins: all pins of the host, ended ones too, oldest first.
  /// - Parameter revoked: keys that were pinned and are revoked here, or that a person revoked.
  /// - Returns: every revocation of these keys; the rotations between them; and, if there is room,
  ///   the rotations that lead to the oldest of them, for hosts that still pin an earlier key.
  package func kept(_ pins: [Pin], _ revoked: RevokedKeys, at now: Timestamp) -> KeyChain {
    let pinned = pins.map(\.key)
    let past = rotations.filter { !$0.rotation.isAhead(of: now) }
    let links = (ancestors(of: Set(pinned), past) + pinned).compactMap { key -> [SignedRotation]? in
      let successors = past.filter { $0.rotation.old == key }
      // Two are enough to prove that the key named several successors.
      let best = KeyChain.best(successors, pinned).prefix(2)
      return best.isEmpty ? nil : Array(best)
    }.suffix(KeyChain.mostLinks)
    let known = Set(pinned).union(revoked.keys).union(links.flatMap { $0.map(\.rotation.old) })
    var kept = KeyChain()
    kept.revocations = revocations.filter { known.contains($0.revocation.key) }
    kept.rotations = links.flatMap(\.self)
    kept.sort()
    return kept.fitting(links)
  }

  /// Rotations to a pinned key come first.
  private static func best(
    _ rotations: [SignedRotation], _ pinned: [VerifyingKey]
  ) -> [SignedRotation] {
    rotations.filter { pinned.contains($0.rotation.new) }
      + rotations.filter { !pinned.contains($0.rotation.new) }
  }

  /// The keys before the pinned ones, oldest first. If several keys name one successor, only the
  /// earliest counts: the holder of a key can invent any number of predecessors for it.
  private func ancestors(
    of pinned: Set<VerifyingKey>, _ rotations: [SignedRotation]
  ) -> [VerifyingKey] {
    var (have, found) = (pinned, [VerifyingKey]())
    var led: Set<VerifyingKey> = []
    while found.count < KeyChain.mostLinks,
      let next = rotations.map(\.rotation).first(where: {
        have.contains($0.new) && !have.contains($0.old) && !led.contains($0.new)
      })
    {
      have.insert(next.old)
      led.insert(next.new)
      found.insert(next.old, at: 0)
    }
    return found
  }

  /// Drops the oldest rotations until the chain fits the limit.
  private func fitting(_ links: some Collection<[SignedRotation]>) -> KeyChain {
    var (kept, links) = (self, Array(links))
    while kept.bytes.count > KeyChain.limit, !links.isEmpty {
      let gone = Set(links.removeFirst())
      kept.rotations.removeAll(where: gone.contains)
    }
    while kept.bytes.count > KeyChain.limit { kept.revocations.removeLast() }
    return kept
  }

  /// What we keep of our own chain: every revocation, and the latest rotations.
  package var ownKept: KeyChain {
    var kept = self
    kept.rotations = Array(rotations.suffix(KeyChain.mostLinks))
    return kept.fitting([])
  }
}
