package import MeshCrypto

/// The pins: which key speaks for which host. The format is OpenSSH's `allowed_signers`, restricted
/// to one spelling.
package struct AllowedSigners: Equatable, Sendable {
  /// The maximum size of a pins file, in bytes.
  package static let limit = 4 << 20

  package private(set) var pins: [Pin]

  package init(_ pins: [Pin] = []) { self.pins = pins }

  package init(validating bytes: [UInt8]) throws(PinError) {
    guard bytes.count <= AllowedSigners.limit else { throw .tooLarge }
    pins = []
    let lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      guard line.allSatisfy(\.isPrintable) else {
        throw .line(index + 1, "only printable ASCII is allowed")
      }
      if line.isEmpty || line.first == UInt8(ascii: "#") { continue }
      pins.append(try Pin(line: String(decoding: line, as: UTF8.self), number: index + 1))
    }
  }

  /// A pin without a namespace is valid for nothing and gets no line.
  package var bytes: [UInt8] {
    Array(pins.filter { !$0.namespaces.isEmpty }.map { $0.line + "\n" }.joined().utf8)
  }

  /// Every host with a pin, whether the pin is in date or not.
  package var hosts: Set<Host> { Set(pins.map(\.host)) }

  package func pins(of host: Host) -> [Pin] { pins.filter { $0.host == host } }

  /// The keys that are valid for `host` in `namespace` at `time`; the newest pin is last.
  package func keys(of host: Host, for namespace: Namespace, at time: Timestamp) -> [VerifyingKey] {
    pins.filter { $0.host == host && $0.namespaces.contains(namespace) && $0.counts(at: time) }
      .map(\.key)
  }

  /// Keys that are valid for several hosts at `time`.
  package func sharedKeys(besides revoked: RevokedKeys, at time: Timestamp) -> [SharedKey] {
    let counting = pins.filter { $0.counts(at: time) && !revoked.contains($0.key) }
    return Dictionary(grouping: counting, by: \.key)
      .map { SharedKey(key: $0.key, hosts: Set($0.value.map(\.host)).sorted()) }
      .filter { $0.hosts.count > 1 }
      .sorted { $0.hosts[0] < $1.hosts[0] }
  }

  package mutating func add(_ pin: Pin) { pins.append(pin) }

  package mutating func remove(_ host: Host) { pins.removeAll { $0.host == host } }

  package mutating func remove(_ key: VerifyingKey, of host: Host) {
    pins.removeAll { $0.host == host && $0.key == key }
  }

  /// Ends all trust in `host`, because a person decided so.
  /// - Returns: the fingerprints that were trusted until now.
  package mutating func distrust(_ host: Host, at time: Timestamp) -> [String] {
    var gone: [String] = []
    for index in pins.indices where pins[index].host == host && !pins[index].isDistrusted {
      gone.append(pins[index].key.fingerprint)
      pins[index].distrust(at: time)
    }
    return gone
  }

  /// `key` is no longer valid for `host` from `time` on, unless it ends earlier.
  package mutating func end(_ key: VerifyingKey, of host: Host, at time: Timestamp) {
    for index in pins.indices where pins[index].host == host && pins[index].key == key {
      pins[index].validBefore = min(pins[index].validBefore ?? time, time)
    }
  }
}

/// A key that is pinned for several hosts: each of them can sign as the others.
package struct SharedKey: Equatable, Sendable {
  package let key: VerifyingKey
  package let hosts: [Host]

  /// One sentence for a person.
  package var text: String {
    "\(hosts.map(\.name).joined(separator: ", ")) share \(key.fingerprint): each can speak as the others"
  }
}

/// Keys that are no longer valid for any host: one line `ssh-ed25519 AAAA…` each, with an optional
/// comment at the end.
package struct RevokedKeys: Equatable, Sendable {
  package static let limit = 1 << 20

  package private(set) var keys: Set<VerifyingKey>

  package init(_ keys: Set<VerifyingKey> = []) { self.keys = keys }

  package init(validating bytes: [UInt8]) throws(PinError) {
    guard bytes.count <= RevokedKeys.limit else { throw .tooLarge }
    keys = []
    let lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() where !line.isEmpty && line.first != UInt8(ascii: "#") {
      let parts = String(decoding: line, as: UTF8.self).split(separator: " ", maxSplits: 2)
      guard parts.count >= 2, let key = try? VerifyingKey(openSSH: "\(parts[0]) \(parts[1])") else {
        throw .line(index + 1, "an ssh-ed25519 key is wanted")
      }
      keys.insert(key)
    }
  }

  package func contains(_ key: VerifyingKey) -> Bool { keys.contains(key) }

  /// - Returns: whether the key was added. No key is ever removed again.
  package mutating func insert(_ key: VerifyingKey) -> Bool { keys.insert(key).inserted }
}
