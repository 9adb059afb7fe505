package import MeshCrypto

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
    guard bytes.count <= SignedSlice.limit, signature.count <= SSHSignature.maximumLength else {
      throw .signature
    }
    let keys = pins.keys(of: host, for: .slice, at: now).filter { !revoked.contains($0) }
    guard !keys.isEmpty else { throw .unpinned }
    guard Namespace.slice.isSigned(bytes, signature, by: keys) else { throw .signature }
    let slice: Slice
    do { slice = try SliceText.decode(bytes) } catch { throw .malformed(error) }
    guard slice.host == host else { throw .anotherHost }
    return slice
  }
}
