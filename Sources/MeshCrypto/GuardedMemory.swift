internal import CSodium

/// Secret bytes in memory that libsodium allocates: between guard pages, locked if the limits allow
/// it, left out of core dumps, and wiped when freed.
@safe
struct GuardedMemory: ~Copyable, @unchecked Sendable {
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
