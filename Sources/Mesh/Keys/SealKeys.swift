package import MeshCrypto

/// This account's seal keys: the one in use, and the one before it, for what was sealed while it was changed.
package struct SealKeys: Sendable {
  private let keys: [Box]

  /// - Parameter previous: may be missing.
  package init(_ current: consuming SealKey, previous: consuming SealKey? = nil) {
    let first = Box(current)
    if let previous = consume previous { keys = [first, Box(previous)] } else { keys = [first] }
  }

  /// What is in a sealed box, whichever of the keys it is for; nil when it is for none of them, or was changed.
  func open(_ box: [UInt8]) -> [UInt8]? {
    for key in keys {
      if let plain = try? key.key.open(box) { return plain }
    }
    return nil
  }

  /// A key cannot be copied: a box for it can be shared.
  private final class Box: Sendable {
    let key: SealKey
    init(_ key: consuming SealKey) { self.key = key }
  }
}
