package import MeshCrypto

/// What a host publishes about itself: its keys and its agents. The host signs the bytes
/// (`SliceText`), any peer may relay them, and only a slice with a higher serial replaces them.
package struct Slice: Sendable, Equatable {
  /// The version that this program writes and reads.
  package static let currentVersion = 1
  /// The maximum number of a host's addresses: 2,000 panes, each alone in its
  /// window, have twice as many.
  package static let mostAgents = 4096
  /// The maximum length of one text in an entry, in bytes; `fitting` cuts longer ones.
  package static let mostTextBytes = 256

  package var version: Int
  package var host: Host
  /// See `Serial`.
  package var serial: Int64
  package var issued: Timestamp
  package var expires: Timestamp
  /// OpenSSH's one-line form without a comment: `ssh-ed25519 AAAA…`.
  package var signKey: String
  /// The X25519 public key: base64 of 32 bytes.
  package var sealKey: String
  package var agents: [AgentEntry]

  package init(
    version: Int = Slice.currentVersion, host: Host, serial: Int64, issued: Timestamp,
    expires: Timestamp, signKey: String, sealKey: String, agents: [AgentEntry]
  ) {
    (self.version, self.host, self.serial) = (version, host, serial)
    (self.issued, self.expires) = (issued, expires)
    (self.signKey, self.sealKey) = (signKey, sealKey)
    self.agents = agents
  }

  /// The maximum life of a slice in milliseconds, whatever it says: its seal key
  /// must not be used without limit.
  package static let longestLife: Int64 = 8 * 86_400_000

  package func isExpired(now: Timestamp) -> Bool {
    expires < now || issued.milliseconds + Slice.longestLife < now.milliseconds
  }

  /// The entry of an address, in this slice only.
  package func entry(for address: Address) -> AgentEntry? { agents.first { $0.address == address } }

  /// The slice without the entries that its host does not own: addresses of another known host or
  /// of none, and entries that name another host.
  /// - Returns: the valid part, and the addresses to report.
  package func owned(knownHosts: some Collection<Host>) -> (slice: Slice, foreign: [Address]) {
    // Only a host whose name begins with ours can own an address that begins with our name.
    let rivals = knownHosts.filter { $0 == host || $0.name.hasPrefix(host.name + "-") } + [host]
    var (kept, foreign) = (self, [Address]())
    kept.agents = agents.filter { entry in
      let owned = entry.host == host && entry.address.owner(among: rivals) == host
      if !owned { foreign.append(entry.address) }
      return owned
    }
    return (kept, foreign)
  }

  /// Compares without regard to order and times: an equal slice needs no new serial.
  package func says(theSameAs other: Slice) -> Bool {
    host == other.host && signKey == other.signKey && sealKey == other.sealKey
      && agents.sorted { $0.address < $1.address }
        == other.agents.sorted { $0.address < $1.address }
  }
}

extension Slice {
  /// Whether there is no room for another address, or was none for the last.
  package var isFull: Bool {
    agents.count >= Slice.mostAgents || SliceText.encode(self).count > SignedSlice.limit - 4096
  }

  /// The slice cut to the limits of readers, in addresses and in bytes. First long texts are cut;
  /// then the last entries are left out and returned, so that they can be reported.
  package func fitting() -> (slice: Slice, leftOut: [Address]) {
    var kept = self
    kept.agents = agents.map(Slice.shortened)
    var left = kept.agents.dropFirst(Slice.mostAgents).map(\.address)
    kept.agents = Array(kept.agents.prefix(Slice.mostAgents))
    var size = SliceText.encode(kept).count
    while size > SignedSlice.limit, let last = kept.agents.popLast() {
      left.append(last.address)
      size -= SliceText.size(of: last)
    }
    return (kept, left)
  }

  private static func shortened(_ entry: AgentEntry) -> AgentEntry {
    var entry = entry
    for text in [\AgentEntry.target, \.session, \.window, \.role, \.scope, \.command] {
      entry[keyPath: text] = shortened(entry[keyPath: text])
    }
    return entry
  }

  private static func shortened(_ text: String) -> String {
    guard text.utf8.count > mostTextBytes else { return text }
    var (out, size) = ("", 3)
    for scalar in text.unicodeScalars {
      size += UTF8.width(scalar)
      guard size <= mostTextBytes else { break }
      out.unicodeScalars.append(scalar)
    }
    return out + "…"
  }
}

/// One address of a slice, and the pane that answers it. The strings come from window names,
/// options and other hosts. They are kept as they are, and made safe (`SafeText.line`) when shown.
/// Another host's target, pane and command are for people only and never passed to tmux.
package struct AgentEntry: Sendable, Equatable {
  package var address: Address
  package var host: Host
  /// `<session>:<window index>`.
  package var target: String
  package var session: String
  package var window: String
  /// The pane's index in its window.
  package var pane: Int
  /// `%7`.
  package var paneID: String
  package var role: String
  package var scope: String
  package var command: String
  /// The tmux server's name; `nil` for the default one.
  package var server: String?

  package init(
    address: Address, host: Host, target: String, session: String, window: String, pane: Int,
    paneID: String, role: String, scope: String, command: String, server: String? = nil
  ) {
    (self.address, self.host, self.target) = (address, host, target)
    (self.session, self.window) = (session, window)
    (self.pane, self.paneID) = (pane, paneID)
    (self.role, self.scope, self.command) = (role, scope, command)
    self.server = server
  }
}

/// Why a slice is not trusted.
package enum SliceTrustError: Error, Equatable, Sendable {
  /// No key of its host is pinned.
  case unpinned
  case signature
  /// It does not parse; the error has the line.
  case malformed(SliceError)
  /// It is a slice of another host than its file or message says.
  case anotherHost
}

/// A slice as it is sent and stored: its bytes and the armoured signature over them.
package struct SignedSlice: Equatable, Sendable {
  /// The maximum size of a slice, in bytes.
  package static let limit = 2 << 20

  package let bytes: [UInt8]
  package let signature: [UInt8]

  package init(bytes: [UInt8], signature: [UInt8]) {
    self.bytes = bytes
    self.signature = signature
  }

  package init(_ slice: Slice, by key: borrowing SigningKey) {
    bytes = SliceText.encode(slice)
    signature = SSHSignature.make(over: bytes, namespace: Namespace.slice.rawValue, by: key)
  }

  /// BLAKE2b-256 in hex; the ratchet and the digests compare it.
  package var hash: String { Digest.hex(Digest.blake2b256(bytes)) }

  /// The slice, if its exact bytes were signed by a key that is pinned for `host` and not revoked.
  package func verified(
    as host: Host, pins: AllowedSigners, revoked: RevokedKeys, at now: Timestamp
  ) throws(SliceTrustError) -> Slice {
    guard bytes.count <= SignedSlice.limit else { throw .signature }
    let keys = pins.keys(of: host, for: .slice, at: now).filter { !revoked.contains($0) }
    guard !keys.isEmpty else { throw .unpinned }
    guard Namespace.slice.isSigned(bytes, signature, by: keys) else { throw .signature }
    let slice: Slice
    do { slice = try SliceText.decode(bytes) } catch { throw .malformed(error) }
    guard slice.host == host else { throw .anotherHost }
    return slice
  }
}
