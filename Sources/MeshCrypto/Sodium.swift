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

/// Random bytes and wiping.
package enum Sodium {
  /// libsodium's version, such as `1.0.18`.
  package static var version: String { unsafe String(cString: sodium_version_string()) }

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

/// Secret bytes in memory that libsodium allocates: between guard pages, locked if the limits allow
/// it, left out of core dumps, and wiped when freed.
@safe struct GuardedMemory: ~Copyable, @unchecked Sendable {
  private let start: UnsafeMutablePointer<UInt8>
  let count: Int

  /// - Parameter fill: writes the bytes; returns whether it succeeded.
  init(count: Int, fill: (UnsafeMutablePointer<UInt8>) -> Bool) throws(CryptoError) {
    guard ready, let memory = unsafe sodium_malloc(count) else { throw .unavailable }
    let start = unsafe memory.assumingMemoryBound(to: UInt8.self)
    guard unsafe fill(start) else {
      unsafe sodium_free(memory)
      throw .unavailable
    }
    unsafe self.start = start
    self.count = count
  }

  /// A copy of `bytes`.
  init(copying bytes: Span<UInt8>) throws(CryptoError) {
    try unsafe self.init(count: bytes.count) { target in
      unsafe bytes.withPointer { unsafe target.update(from: $0, count: bytes.count) }
      return true
    }
  }

  deinit { unsafe sodium_free(start) }

  /// After this, a write ends the process instead of changing a key.
  borrowing func makeReadOnly() { _ = unsafe sodium_mprotect_readonly(start) }

  borrowing func withPointer<Result>(_ body: (UnsafeMutablePointer<UInt8>) -> Result) -> Result {
    unsafe body(start)
  }

  borrowing func withSpan<Result: ~Copyable, Failure: Error>(
    _ body: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let bytes = unsafe UnsafeBufferPointer(start: start, count: count)
    return try body(unsafe bytes.span)
  }
}
