import Mesh
import MeshCrypto

/// All parsers of bytes from outside, each with a property that must hold for any input. `scripts/fuzz.sh` runs
/// them under libFuzzer; an ordinary test replays the corpus in `Tests/Fuzz/Corpus`.
///
/// Most have the strictest property: what parses is encoded to the very same bytes. Formats that people may write
/// by hand (TOML, access lists, policies) allow several spacings: there, what was encoded parses to the same value.
package enum FuzzTarget: String, CaseIterable, Sendable {
  case preamble, statement, receipt, endStatement = "end-statement"
  case signature, keyFile = "key-file", publicKey = "public-key", chain, pins, revoked
  case slice, toml, peers, syncLine = "sync-line", keyLine = "key-line"
  case allowList = "allow-list", policy, profile, capture, recording
  case safeText = "safe-text", safeLine = "safe-line", fileName = "file-name", timestamp

  /// - Parameter bytes: any input.
  /// - Returns: which property is violated, or nil. A trap is a finding as well.
  package func violation(_ bytes: [UInt8]) -> String? {
    switch self {
    case .preamble: Self.preamble(bytes)
    case .statement: same(bytes) { try Statement(validating: $0).bytes }
    case .receipt: same(bytes) { try SignedReceipt(framed: $0).bytes }
    case .endStatement: same(bytes) { try EndStatement(validating: $0).bytes }
    case .signature: Self.signature(bytes)
    case .keyFile: Self.keyFile(bytes)
    case .publicKey: Self.publicKey(bytes)
    case .chain: stable(bytes) { try KeyChain(validating: $0).bytes }
    case .pins: stable(bytes) { try AllowedSigners(validating: $0).bytes }
    case .revoked: (try? RevokedKeys(validating: bytes)).flatMap { _ in nil }
    case .slice: stable(bytes) { SliceText.encode(try SliceText.decode($0)) }
    case .toml: stable(bytes) { try TOMLDocument(parsing: $0).encoded }
    case .peers: Self.peers(bytes)
    case .syncLine: same(bytes) { try Self.wanted(SyncLine($0)).text.utf8 }
    case .keyLine: same(bytes) { try Self.wanted(KeyLine($0)).text.utf8 }
    case .allowList: Self.allowList(bytes)
    case .policy: Self.policy(bytes)
    case .profile: Self.profile(bytes)
    case .capture: Self.capture(bytes)
    case .recording: Self.recording(bytes)
    case .safeText: Self.safeText(bytes)
    case .safeLine: Self.safeLine(bytes)
    case .fileName: Self.fileName(bytes)
    case .timestamp: same(bytes) { try Timestamp(validating: Self.text($0)).text.utf8 }
    }
  }

  private struct Refused: Error {}

  private static func wanted<Value>(_ value: Value?) throws -> Value {
    guard let value else { throw Refused() }
    return value
  }

  /// As text, if it is UTF-8.
  private static func text(_ bytes: [UInt8]) throws -> String {
    try wanted(String(validating: bytes, as: UTF8.self))
  }

  /// Input that parses has exactly one form.
  private func same(
    _ bytes: [UInt8], _ again: ([UInt8]) throws -> some Sequence<UInt8>
  ) -> String? {
    guard let encoded = try? again(bytes) else { return nil }
    return Array(encoded) == bytes ? nil : "\(self): what parses is encoded differently"
  }

  /// Encoded output parses again and encodes to the same bytes.
  private func stable(_ bytes: [UInt8], _ again: ([UInt8]) throws -> [UInt8]) -> String? {
    guard let once = try? again(bytes) else { return nil }
    guard let twice = try? again(once) else { return "\(self): its own encoding does not parse" }
    return once == twice ? nil : "\(self): encoding twice differs"
  }
}

extension FuzzTarget {
  private static func preamble(_ bytes: [UInt8]) -> String? {
    guard let read = try? Preamble(validating: bytes) else { return nil }
    let line = "AMSH1 \(read.statement) \(read.signature) \(read.payload)"
    return Array(line.utf8) == bytes ? nil : "preamble: what parses has another form"
  }

  private static func signature(_ bytes: [UInt8]) -> String? {
    guard let key = try? SSHSignature.key(of: bytes) else { return nil }
    // No signature made up by the fuzzer may verify a message that nobody signed.
    let message = Array("a message that no key has signed".utf8)
    let holds =
      (try? SSHSignature.verify(bytes, over: message, namespace: "fuzz@agent-mesh", by: key)) != nil
    return holds ? "signature: it holds over a message that nobody signed" : nil
  }

  private static func keyFile(_ bytes: [UInt8]) -> String? {
    guard let key = try? OpenSSHKeyFile.decode(bytes) else { return nil }
    let again = OpenSSHKeyFile.encode(key, comment: "fuzz")
    guard let copy = try? OpenSSHKeyFile.decode(again) else {
      return "key-file: its own encoding does not parse"
    }
    return copy.publicKey == key.publicKey ? nil : "key-file: another key"
  }

  private static func publicKey(_ bytes: [UInt8]) -> String? {
    guard let key = try? OpenSSHKeyFile.decodePublic(bytes) else { return nil }
    let again = OpenSSHKeyFile.encodePublic(key, comment: "")
    return (try? OpenSSHKeyFile.decodePublic(again)) == key ? nil : "public-key: another key"
  }

  private static func peers(_ bytes: [UInt8]) -> String? {
    let read = PeersConf.parse(bytes)
    return Set(read.peers.map(\.host)).count == read.peers.count
      ? nil : "peers: a host stands twice"
  }

  private static let hosts = Set(
    ["hub", "hub-dev", "worker-1"].compactMap { try? Host(validating: $0) })

  private static func allowList(_ bytes: [UInt8]) -> String? {
    guard let text = try? text(bytes), let list = try? AllowList(parsing: text, hosts: hosts) else {
      return nil
    }
    let written = list.items.map(\.text).joined(separator: ", ")
    // Our separators can be longer; only then may the limit refuse the list.
    guard written.utf8.count <= AllowList.limit else { return nil }
    return (try? AllowList(parsing: written, hosts: hosts)) == list
      ? nil : "allow-list: reads back differently"
  }

  private static func policy(_ bytes: [UInt8]) -> String? {
    guard let policy = try? Policy(parsing: bytes) else { return nil }
    // A second policy file can only tighten. (Access ceilings add up and are checked one by one.)
    let tighter = Policy().tightened(by: policy)
    let widened =
      tighter.maxFile > Policy().maxFile || tighter.inboxQuota > Policy().inboxQuota
      || tighter.rate.host > Policy().rate.host || tighter.skew > Policy().skew
    return widened ? "policy: it widens what it should tighten" : nil
  }

  /// A user's own profile keeps its name, and the same bytes lead to it again.
  private static func profile(_ bytes: [UInt8]) -> String? {
    guard let one = try? Profile(parsing: bytes, name: "mine") else { return nil }
    guard one.name == "mine" else { return "profile: it took another name" }
    return (try? Profile(parsing: bytes, name: "mine")) == one ? nil : "profile: not stable"
  }

  private static func capture(_ bytes: [UInt8]) -> String? {
    let screen = Screen(capture: bytes, width: 80, height: 24)
    guard screen.height == 24, screen.rows.allSatisfy({ $0.cells.count <= 80 }) else {
      return "capture: the screen is larger than its pane"
    }
    var facts = PaneFacts()
    (facts.width, facts.height, facts.cursorX, facts.cursorY) = (80, 24, 2, 20)
    _ = ScreenReader.read(facts, screen, profiles: Profile.all())
    return nil
  }

  private static func recording(_ bytes: [UInt8]) -> String? {
    guard let line = try? text(bytes), let facts = PaneFacts(recorded: line) else {
      return nil
    }
    let again = facts.recordedLines
    guard let copy = PaneFacts(recorded: again) else {
      return "recording: its own line does not parse"
    }
    return copy.recordedLines == again ? nil : "recording: reads back differently"
  }

  /// No control characters but LF and TAB, no ESC; safe text stays as it is.
  private static func safeText(_ bytes: [UInt8]) -> String? {
    guard let safe = try? SafeText(body: bytes) else { return nil }
    for scalar in safe.text.unicodeScalars
    where scalar.value < 0x20 && scalar != "\n" && scalar != "\t"
      || (0x7F..<0xA0).contains(scalar.value)
    {
      return "safe-text: U+\(String(scalar.value, radix: 16)) passes"
    }
    let lowered = safe.text.lowercased()
    if lowered.contains("[from ") || lowered.contains("[verified ") {
      return "safe-text: a tag passes"
    }
    // Replacements can be longer than the original; only then may the limit refuse the text.
    guard safe.text.utf8.count <= SafeText.limit else { return nil }
    return (try? SafeText(body: Array(safe.text.utf8))) == safe ? nil : "safe-text: not stable"
  }

  private static func safeLine(_ bytes: [UInt8]) -> String? {
    let line = SafeText.line(bytes: bytes, limit: 200)
    guard line.unicodeScalars.count <= 200 else { return "safe-line: too long" }
    guard
      !line.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) })
    else { return "safe-line: a control character passes" }
    return SafeText.line(line) == line ? nil : "safe-line: not stable"
  }

  private static func fileName(_ bytes: [UInt8]) -> String? {
    guard let text = try? text(bytes), let name = try? FileName(validating: text) else {
      return nil
    }
    guard !name.text.contains("/"), name.text != ".", name.text != "..", !name.text.hasPrefix(".")
    else {
      return "file-name: it can leave its folder or hide"
    }
    return (try? FileName(validating: name.text)) == name ? nil : "file-name: not stable"
  }
}
