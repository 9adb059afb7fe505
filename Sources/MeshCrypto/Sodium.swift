internal import CSodium

/// How a cryptographic call can fail. `malformed` carries a constant text that names the rule,
/// never input bytes.
package enum CryptoError: Error, Equatable, Sendable {
  /// libsodium did not start, or no guarded memory is left.
  case unavailable
  /// A key, seed, header or chunk has the wrong length.
  case badLength
  /// Well-formed, but not made by the holder of the key, or not for us.
  case notAuthentic
  /// Not in the one accepted form.
  case malformed(String)
}

/// Initialises libsodium, once for each process.
let ready: Bool = sodium_init() >= 0

/// Constant-time comparison, random bytes and wiping; the rest of this module uses them.
package enum Sodium {
  /// libsodium's version, such as `1.0.18`.
  package static var version: String { unsafe String(cString: sodium_version_string()) }

  /// Compares in a time that depends only on the length.
  package static func equal(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    guard a.count == b.count else { return false }
    return unsafe sodium_memcmp(a, b, a.count) == 0
  }

  /// - Returns: `count` bytes from the system's generator; none for a negative `count`.
  package static func random(_ count: Int) -> [UInt8] {
    _ = ready
    var bytes = [UInt8](repeating: 0, count: max(0, count))
    unsafe randombytes_buf(&bytes, bytes.count)
    return bytes
  }

  /// Overwrites a temporary that held a secret. Works only if the array was
  /// never copied and never grew.
  package static func wipe(_ bytes: inout [UInt8]) {
    unsafe bytes.withUnsafeMutableBytes { memory in
      guard let start = memory.baseAddress else { return }
      unsafe sodium_memzero(start, memory.count)
    }
  }
}

/// libsodium's headers declare pointers `nonnull`, so Swift imports them as non-optional; but an
/// empty span has no address.
extension Span<UInt8> {
  func withPointer<Result>(_ body: (UnsafePointer<UInt8>) -> Result) -> Result {
    unsafe withUnsafeBufferPointer { bytes in
      guard let start = bytes.baseAddress else {
        return unsafe withUnsafePointer(to: 0 as UInt8) { unsafe body($0) }
      }
      return unsafe body(start)
    }
  }
}
