/// The written form of public keys in a slice, checked without decoding: one form a key.
enum PublicKeyText {
  /// The blob of an Ed25519 key is 51 bytes: a length and `ssh-ed25519`, a length of 32, the key. Its first
  /// 19 bytes and a quarter are always the same, and it fills its 68 base64 digits.
  private static let signPrefix = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI"

  static func isSignKey(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.count == 80, bytes.starts(with: signPrefix.utf8) else { return false }
    let digits = bytes.dropFirst(signPrefix.utf8.count)
    return digits.allSatisfy { value($0) != nil }
      && digits.first.flatMap(value).map { $0 < 16 } == true
  }

  /// 32 bytes are 43 digits, the last with four bits, and one `=`.
  static func isSealKey(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.count == 44, bytes.last == UInt8(ascii: "=") else { return false }
    let digits = bytes.dropLast()
    return digits.allSatisfy { value($0) != nil }
      && digits.last.flatMap(value).map { $0 % 4 == 0 } == true
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): digit - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0") + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
