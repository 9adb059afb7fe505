package import MeshCrypto

/// This account's seal keys: the current one, and the previous one for what was
/// sealed during the change.
package struct SealKeys: Sendable {
  private let keys: [Box]

  package init(_ current: consuming SealKey, previous: consuming SealKey? = nil) {
    let first = Box(current)
    if let previous = consume previous { keys = [first, Box(previous)] } else { keys = [first] }
  }

  /// The content of a sealed box, whichever key it is for; `nil` if it is
  /// for neither or was changed.
  func open(_ box: [UInt8]) -> [UInt8]? {
    for key in keys {
      if let plain = try? key.key.open(box) { return plain }
    }
    return nil
  }

  /// A key cannot be copied, but a box around it can be shared.
  private final class Box: Sendable {
    let key: SealKey
    init(_ key: consuming SealKey) { self.key = key }
  }
}
