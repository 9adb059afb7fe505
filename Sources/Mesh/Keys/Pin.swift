package import MeshCrypto

/// Why a pins file is refused. One bad line refuses the whole file.
package enum PinError: Error, Equatable, Sendable {
  case line(Int, String)
  case tooLarge
}

/// One line of `allowed_signers`: a key is valid for one host, in some namespaces, for some time.
package struct Pin: Equatable, Sendable {
  package var host: Host
  package var namespaces: [Namespace]
  /// Both in UTC, to the second. The key is valid from `validAfter` on, and before `validBefore`.
  package var validAfter: Timestamp?
  package var validBefore: Timestamp?
  package var key: VerifyingKey
  /// How and when the key was pinned, in printable ASCII.
  package private(set) var note: String

  /// - Parameter note: everything but printable ASCII becomes `?`, so that
  ///   the line can be read again.
  package init(
    host: Host, namespaces: [Namespace] = Namespace.allCases, validAfter: Timestamp? = nil,
    validBefore: Timestamp? = nil, key: VerifyingKey, note: String
  ) {
    (self.host, self.namespaces, self.key) = (host, namespaces, key)
    (self.validAfter, self.validBefore) = (validAfter, validBefore)
    self.note = String(
      decoding: note.utf8.map { $0.isPrintable ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
  }

  /// The options are one field joined by commas: `ssh-keygen` refuses a blank between them.
  package var line: String {
    exported(namespaces: namespaces.map(\.rawValue).joined(separator: ","))
  }

  /// Like `line`, for other namespaces: `git` for commits.
  package func exported(namespaces: String) -> String {
    var options = ["namespaces=\"\(namespaces)\""]
    // `ssh-keygen` takes the first second of 1970 for "no time given".
    let first = Timestamp(milliseconds: 1000)
    if let validAfter { options.append("valid-after=\"\(max(validAfter, first).compact)\"") }
    if let validBefore { options.append("valid-before=\"\(max(validBefore, first).compact)\"") }
    return "\(host) \(options.joined(separator: ",")) \(key.openSSH) \(note)"
  }

  package func counts(at time: Timestamp) -> Bool {
    if let validAfter, time < validAfter { return false }
    if let validBefore, time >= validBefore { return false }
    return true
  }

  private static let distrusted = " distrusted "

  /// A person has ended the trust. The line stays, because it also decides which
  /// host owns which addresses.
  package var isDistrusted: Bool { note.contains(Pin.distrusted) }

  mutating func distrust(at time: Timestamp) {
    validBefore = min(validBefore ?? time, time)
    note += Pin.distrusted + time.text
  }

  init(line: String, number: Int) throws(PinError) {
    let parts = line.split(separator: " ", maxSplits: 4, omittingEmptySubsequences: false)
    guard parts.count == 5 else { throw .line(number, "five fields are wanted") }
    guard let host = try? Host(validating: parts[0]) else {
      throw .line(number, "a host name is wanted first")
    }
    guard let key = try? VerifyingKey(openSSH: "\(parts[2]) \(parts[3])") else {
      throw .line(number, "an ssh-ed25519 key is wanted third")
    }
    self.init(host: host, namespaces: [], key: key, note: String(parts[4]))
    try takeOptions(String(parts[1]), number)
    guard self.line == line else { throw .line(number, "it is not in the regular form") }
  }

  /// Values contain no blank and no quote, so `",` ends an option.
  private mutating func takeOptions(_ text: String, _ number: Int) throws(PinError) {
    var rest = Substring(text)
    while !rest.isEmpty {
      guard let equals = rest.firstIndex(of: "="), rest[equals...].hasPrefix("=\""),
        let end = rest[equals...].dropFirst(2).firstIndex(of: "\"")
      else { throw .line(number, "options are name=\"value\"") }
      let value = String(rest[rest.index(equals, offsetBy: 2)..<end])
      try take(String(rest[..<equals]), value, number)
      rest = rest[rest.index(after: end)...]
      if rest.first == "," { rest = rest.dropFirst() }
    }
  }

  private mutating func take(_ name: String, _ value: String, _ number: Int) throws(PinError) {
    switch name {
    case "namespaces":
      let found = value.split(separator: ",").map { Namespace(rawValue: String($0)) }
      namespaces = found.compactMap { $0 }
      guard !namespaces.isEmpty, namespaces.count == found.count else {
        throw .line(number, "an unknown namespace")
      }
    case "valid-after", "valid-before":
      guard let time = Timestamp(compact: value), time.milliseconds > 0 else {
        throw .line(number, "times are YYYYMMDDHHMMSSZ")
      }
      if name == "valid-after" { validAfter = time } else { validBefore = time }
    default: throw .line(number, "an unknown option")
    }
  }
}

extension Timestamp {
  /// `YYYYMMDDHHMMSSZ`, as `ssh-keygen` reads it.
  package var compact: String {
    text.prefix(19).filter { $0 != "-" && $0 != ":" && $0 != "T" } + "Z"
  }

  init?(compact text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 15, bytes[14] == UInt8(ascii: "Z") else { return nil }
    func part(_ from: Int, _ count: Int) -> String {
      String(decoding: bytes[from..<(from + count)], as: UTF8.self)
    }
    let day = "\(part(0, 4))-\(part(4, 2))-\(part(6, 2))"
    let time = "\(part(8, 2)):\(part(10, 2)):\(part(12, 2))"
    guard let stamp = try? Timestamp(validating: "\(day)T\(time).000Z") else { return nil }
    self = stamp
  }
}

/// What a signature is for: SSHSIG's namespace. Protocol section 3. A signature for one purpose is
/// not valid for another, and a pin lists the purposes of its key.
package enum Namespace: String, Sendable, CaseIterable {
  case message = "message@agent-mesh"
  case slice = "slice@agent-mesh"
  case receipt = "receipt@agent-mesh"
  case rotate = "rotate@agent-mesh"
  case revoke = "revoke@agent-mesh"
}

extension Namespace {
  /// Whether one of `keys` signed exactly these bytes for this purpose.
  func isSigned(_ bytes: [UInt8], _ signature: [UInt8], by keys: [VerifyingKey]) -> Bool {
    keys.contains { key in
      (try? SSHSignature.verify(signature, over: bytes, namespace: rawValue, by: key)) != nil
    }
  }
}
