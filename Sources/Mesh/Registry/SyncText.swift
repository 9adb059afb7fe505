package import MeshCrypto

/// A host and the key that it claims: `AMSK1 <host> ssh-ed25519 AAAA…`. The `key` command prints
/// it, and both sides of a sync begin with it.
package struct KeyLine: Equatable, Sendable {
  package static let limit = 256

  package let host: Host
  package let key: VerifyingKey

  package init(host: Host, key: VerifyingKey) {
    self.host = host
    self.key = key
  }

  package init?(_ line: [UInt8]) {
    guard line.count <= KeyLine.limit, let text = String(validating: line, as: UTF8.self) else {
      return nil
    }
    let parts = text.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 4, parts[0] == "AMSK1", let host = try? Host(validating: parts[1]),
      let key = try? VerifyingKey(openSSH: "\(parts[2]) \(parts[3])")
    else { return nil }
    self.init(host: host, key: key)
  }

  package var text: String { "AMSK1 \(host) \(key.openSSH)" }
}

/// A line of a sync. After `slice` come that many bytes of slice and of signature. A host's chain
/// comes before its slice, and the hash in its `digest` covers both.
///
/// A session is a push and a pull: first the caller's digests, then newer slices and requests from
/// the called side, then the requested slices:
/// `AMSK1 …`, `digest`…, `end` — `AMSK1 …`, `slice`…, `want`…, `end` —
/// `slice`…, `end` — `done <n>`.
///
/// With many hosts the caller first sends only the hash of its digests: `AMSK1 …`,
/// `root <hosts> <hash>`, `end`. If the called side has the same root, it answers
/// as if it had nothing to give or to ask for. Otherwise it answers `AMSK1 …`,
/// `differs`; the digests follow, and all goes on as above. The root is only sent
/// to a called side that printed `AMSH1 root` before its ready line. Older versions
/// do not print it and get digests; older callers skip that line as login output.
package enum SyncLine: Equatable, Sendable {
  package static let limit = 256

  /// What the caller has of a host; serial 0 and `-` if it has nothing.
  case digest(Host, serial: Int64, hash: String)
  case slice(Host, length: Int, signature: Int)
  /// That many bytes of `KeyChain` follow.
  case chain(Host, length: Int)
  case want(Host)
  /// The number of hosts that the caller asks about, and `SyncRoot.hash` of what it has of them.
  case root(hosts: Int, hash: String)
  /// The roots differ: the caller must send its digests.
  case differs
  case end
  /// The number of slices that the called side took.
  case done(Int)

  package init?(_ line: [UInt8]) {
    guard line.count <= SyncLine.limit, let text = String(validating: line, as: UTF8.self) else {
      return nil
    }
    let parts = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    let host = parts.count > 1 ? try? Host(validating: parts[1]) : nil
    switch (parts[0], parts.count, host) {
    case ("end", 1, _): self = .end
    case ("differs", 1, _): self = .differs
    case ("root", 3, _):
      guard let count = DecimalText.parse(parts[1].utf8, digits: 6),
        parts[2].isHexDigest
      else { return nil }
      self = .root(hosts: count, hash: parts[2])
    case ("done", 2, _):
      guard let count = DecimalText.parse(parts[1].utf8, digits: 6) else { return nil }
      self = .done(count)
    case ("want", 2, let host?): self = .want(host)
    case ("chain", 3, let host?):
      guard let length = DecimalText.parse(parts[2].utf8, digits: 6), length <= KeyChain.limit
      else { return nil }
      self = .chain(host, length: length)
    case ("digest", 4, let host?):
      guard let serial = DecimalText.parse(parts[2].utf8, digits: 16),
        parts[3] == "-" || parts[3].isHexDigest
      else { return nil }
      self = .digest(host, serial: Int64(serial), hash: parts[3])
    case ("slice", 4, let host?):
      guard let length = DecimalText.parse(parts[2].utf8, digits: 7),
        let signature = DecimalText.parse(parts[3].utf8, digits: 4),
        length <= SignedSlice.limit, signature <= SSHSignature.maximumLength
      else { return nil }
      self = .slice(host, length: length, signature: signature)
    default: return nil
    }
  }

  package var text: String {
    switch self {
    case .digest(let host, let serial, let hash): "digest \(host) \(serial) \(hash)"
    case .slice(let host, let length, let signature): "slice \(host) \(length) \(signature)"
    case .chain(let host, let length): "chain \(host) \(length)"
    case .want(let host): "want \(host)"
    case .root(let hosts, let hash): "root \(hosts) \(hash)"
    case .differs: "differs"
    case .end: "end"
    case .done(let count): "done \(count)"
    }
  }
}

/// What one side has: each host's serial and hash.
package typealias SyncDigests = [Host: Ratchet.Entry]

/// The hash in a `digest` line: the slice's, or, if the host has a chain, the hash of both.
package enum SyncDigest {
  package static func hash(slice: String?, chain: KeyChain) -> String {
    guard !chain.isEmpty else { return slice ?? "-" }
    return Digest.hex(Digest.blake2b256(Array("\(slice ?? "-") \(chain.hash)".utf8)))
  }
}

/// Decides from the digests of both sides which slices are sent. Pure.
package enum SyncPlan {
  /// - Parameter ours: what we have. - Parameter theirs: what the caller has, of
  ///   the hosts it asks about.
  /// - Returns: slices to send, and slices to ask for.
  package static func compare(
    ours: SyncDigests, theirs: SyncDigests, wanted: Set<Host>
  ) -> (give: [Host], want: [Host]) {
    let give = theirs.keys.filter { host in
      guard let mine = ours[host], let their = theirs[host] else { return false }
      // With equal serials the chain may differ; serial 0 is a chain without a slice, such as a
      // revoked key's.
      return mine.serial > their.serial
        || mine.hash != their.hash && (mine.serial == their.serial || mine.serial == 0)
    }
    let want = theirs.keys.filter { host in
      guard wanted.contains(host), let their = theirs[host], their.serial > 0 || their.hash != "-"
      else { return false }
      guard let mine = ours[host] else { return true }
      // Ask for the same serial with other bytes too, so that it can be detected and reported.
      return their.serial > mine.serial
        || their.hash != mine.hash && (their.serial == mine.serial || their.serial == 0)
    }
    return (give.sorted(), want.sorted())
  }
}

/// One hash over everything that a side has: if both are equal, the digests need not be sent.
package enum SyncRoot {
  /// With more hosts than this, a session begins with the root.
  package static let few = SyncChoice.everybody

  /// The hash of the sorted `digest` lines, each with its LF: 64 lower-case hex digits.
  /// - Parameter hosts: the hosts that are asked about; one without a slice
  ///   counts with serial 0 and `-`.
  package static func hash(_ digests: SyncDigests, of hosts: Set<Host>) -> String {
    let lines = hosts.sorted().map { line(digests, of: $0).text + "\n" }
    return Digest.hex(Digest.blake2b256(Array(lines.joined().utf8)))
  }

  /// A side's digest line for a host.
  package static func line(_ digests: SyncDigests, of host: Host) -> SyncLine {
    let entry = digests[host]
    return .digest(host, serial: entry?.serial ?? 0, hash: entry?.hash ?? "-")
  }
}
