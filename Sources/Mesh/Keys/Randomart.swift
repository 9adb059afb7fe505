package import MeshCrypto

/// A picture of a fingerprint that people can compare at a glance, as `ssh-keygen -lv` draws it
/// (the "drunken bishop" walk over the SHA-256 of the public key).
package enum Randomart {
  private static let columns = 17
  private static let rows = 9
  private static let signs = Array(" .o+=*BOX@%&#/^SE")

  /// Eleven lines.
  package static func lines(of key: VerifyingKey) -> [String] {
    let text = key.fingerprint.dropFirst("SHA256:".count) + "="
    let digest = (try? Base64.decode(String(text))) ?? []
    let field = walk(digest)
    let body = (0..<rows).map { row in
      "|" + String((0..<columns).map { signs[field[row * columns + $0]] }) + "|"
    }
    return [frame("[ED25519 256]")] + body + [frame("[SHA256]")]
  }

  /// How often the walk visits each place. Start and end get their own signs.
  private static func walk(_ digest: [UInt8]) -> [Int] {
    var field = [Int](repeating: 0, count: columns * rows)
    var (x, y) = (columns / 2, rows / 2)
    let most = signs.count - 3
    for byte in digest {
      var bits = byte
      for _ in 0..<4 {
        x = min(max(x + (bits & 1 == 1 ? 1 : -1), 0), columns - 1)
        y = min(max(y + (bits & 2 == 2 ? 1 : -1), 0), rows - 1)
        field[y * columns + x] = min(field[y * columns + x] + 1, most)
        bits >>= 2
      }
    }
    field[(rows / 2) * columns + columns / 2] = signs.count - 2
    field[y * columns + x] = signs.count - 1
    return field
  }

  private static func frame(_ title: String) -> String {
    let left = (columns - title.utf8.count) / 2
    let right = columns - title.utf8.count - left
    return "+" + String(repeating: "-", count: left) + title + String(repeating: "-", count: right)
      + "+"
  }
}
