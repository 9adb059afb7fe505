package import MeshCrypto

/// A host and the key that it says is its own: `AMSK1 <host> ssh-ed25519 AAAA…`.
/// What `key` prints, and how both sides of a sync introduce themselves.
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

/// A line of a sync. Behind `slice` follow that many bytes of slice and of signature; a host's chain stands before its
/// slice, and the hash in its `digest` covers both.
///
/// One session is a push and a pull: the caller's digests one way, newer slices and wants back, wanted slices after:
/// `AMSK1 …`, `digest`…, `end` — `AMSK1 …`, `slice`…, `want`…, `end` — `slice`…, `end` — `done <n>`.
///
/// With many hosts the caller says the hash of its digests alone: `AMSK1 …`, `root <hosts> <hash>`, `end`. A called side
/// with the same root answers as if it had nothing to give and to want; any other answers `AMSK1 …`, `differs`, and then
/// the digests come and all goes on as above. Only a called side that printed `AMSH1 root` before its ready line is
/// asked so: older ones do not print it and get digests, and older callers skip it as a login's noise.
package enum SyncLine: Equatable, Sendable {
  package static let limit = 256

  /// What the caller has of a host; serial 0 and `-`: nothing yet.
  case digest(Host, serial: Int64, hash: String)
  case slice(Host, length: Int, signature: Int)
  /// Behind it so many bytes of `KeyChain`.
  case chain(Host, length: Int)
  case want(Host)
  /// How many hosts the caller wants to hear of, and `SyncRoot.hash` of what it has of them.
  case root(hosts: Int, hash: String)
  /// The roots are not the same: the digests are wanted.
  case differs
  case end
  /// How many slices the called side took.
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
      guard let count = DecimalText.parse(Array(parts[1].utf8), digits: 6),
        (try? FieldValue.digest(parts[2])) != nil
      else { return nil }
      self = .root(hosts: count, hash: parts[2])
    case ("done", 2, _):
      guard let count = DecimalText.parse(Array(parts[1].utf8), digits: 6) else { return nil }
      self = .done(count)
    case ("want", 2, let host?): self = .want(host)
    case ("chain", 3, let host?):
      guard let length = DecimalText.parse(Array(parts[2].utf8), digits: 6),
        length <= KeyChain.limit
      else { return nil }
      self = .chain(host, length: length)
    case ("digest", 4, let host?):
      guard let serial = DecimalText.parse(Array(parts[2].utf8), digits: 16),
        parts[3] == "-" || (try? FieldValue.digest(parts[3])) != nil
      else { return nil }
      self = .digest(host, serial: Int64(serial), hash: parts[3])
    case ("slice", 4, let host?):
      guard let length = DecimalText.parse(Array(parts[2].utf8), digits: 7),
        let signature = DecimalText.parse(Array(parts[3].utf8), digits: 4),
        length <= SignedSlice.limit, signature <= Preamble.signatureLimit
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

/// What one side has: host → serial and hash.
package typealias SyncDigests = [Host: Ratchet.Entry]

/// What a `digest` line says of a host: the slice's hash, and with a chain beside it, that of both.
package enum SyncDigest {
  package static func hash(slice: String?, chain: KeyChain) -> String {
    guard !chain.isEmpty else { return slice ?? "-" }
    return Digest.hex(Digest.blake2b256(Array("\(slice ?? "-") \(chain.hash)".utf8)))
  }
}

/// Which slices go where, from what both sides have. Pure.
package enum SyncPlan {
  /// - Parameter ours: what we have. - Parameter theirs: what the caller says it has, of the hosts it wants to hear of.
  /// - Returns: slices to give, and slices to ask for.
  package static func compare(
    ours: SyncDigests, theirs: SyncDigests, wanted: Set<Host>
  ) -> (give: [Host], want: [Host]) {
    let give = theirs.keys.filter { host in
      guard let mine = ours[host], let their = theirs[host] else { return false }
      // With one serial, a chain may differ; serial 0 is a chain alone, as that of a revoked key.
      return mine.serial > their.serial
        || mine.hash != their.hash && (mine.serial == their.serial || mine.serial == 0)
    }
    let want = theirs.keys.filter { host in
      guard wanted.contains(host), let their = theirs[host], their.serial > 0 || their.hash != "-"
      else { return false }
      guard let mine = ours[host] else { return true }
      // The same serial on other bytes has to be seen, to be reported.
      return their.serial > mine.serial
        || their.hash != mine.hash && (their.serial == mine.serial || their.serial == 0)
    }
    return (give.sorted(), want.sorted())
  }
}

/// One hash over all that a host has: two that have the same need not name it all.
package enum SyncRoot {
  /// With more hosts than these a session begins with the root.
  package static let few = SyncChoice.everybody

  /// The hash of the sorted `digest` lines, LF behind each: 64 lower-case hex digits.
  /// - Parameter hosts: whom it wants to hear of; one of which it has nothing stands there with serial 0 and `-`.
  package static func hash(_ digests: SyncDigests, of hosts: Set<Host>) -> String {
    let lines = hosts.sorted().map { line(digests, of: $0).text + "\n" }
    return Digest.hex(Digest.blake2b256(Array(lines.joined().utf8)))
  }

  /// What a side says that it has of a host.
  package static func line(_ digests: SyncDigests, of host: Host) -> SyncLine {
    let entry = digests[host]
    return .digest(host, serial: entry?.serial ?? 0, hash: entry?.hash ?? "-")
  }
}
