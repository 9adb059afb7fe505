internal import MeshCrypto

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
