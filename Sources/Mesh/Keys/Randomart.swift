package import MeshCrypto

/// A picture of a fingerprint that people compare at a glance: the walk of OpenSSH's `ssh-keygen -lv`
/// (the "drunken bishop" over the SHA-256 of the public key).
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

  /// How often each place was come upon; start and end have signs of their own.
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
