package import Mesh
package import MeshCrypto

/// This account as a principal: its host name and its signing keys. Secret:
/// never copied, never printed.
package struct Identity: ~Copyable {
  package let host: Host
  package let signing: SigningKey
  /// The previous key, while it is still valid for messages that are on their way.
  let retired: RetiredKey?

  package var key: VerifyingKey { signing.publicKey }

  /// All our keys that a message may name.
  package var keys: [VerifyingKey] {
    [signing.publicKey] + (retired.map { [$0.key.publicKey] } ?? [])
  }

  /// Signs a statement. - Parameter asRetired: with the previous key, while it is valid.
  func sign(_ statement: Statement, asRetired: Bool = false) -> EnvelopeHead {
    guard asRetired, let retired else { return EnvelopeHead(statement, by: signing) }
    return EnvelopeHead(statement, by: retired.key)
  }

  /// Signs a receipt with the key that the message named.
  func sign(_ receipt: Receipt, naming fingerprint: String) -> SignedReceipt {
    guard let retired, retired.key.publicKey.fingerprint == fingerprint else {
      return SignedReceipt(receipt, by: signing)
    }
    return SignedReceipt(receipt, by: retired.key)
  }
}

/// A class, because an optional of a non-copyable type cannot be borrowed from.
final class RetiredKey: Sendable {
  let key: SigningKey
  init(_ key: consuming SigningKey) { self.key = key }
}

/// Reads and creates the files in `~/.agents/keys`. Formats in protocol section 2.
package struct KeyStore: Sendable {
  static let keyLimit = 16 << 10

  let home: AgentsHome

  package init(_ home: AgentsHome) { self.home = home }

  var path: String { home.agents + "/keys" }

  /// The directory. Refused if others could replace our files anywhere on the path to it.
  func directory() throws(SetupError) -> Directory {
    let keys = try home.directory("keys")
    if let bad = Directory.insecureAncestor(path) {
      throw .insecure(path: bad, fix: "chmod go-w \(bad)")
    }
    return keys
  }

  /// Creates whatever is missing of the two key pairs and the two lists. Nothing is replaced.
  /// - Returns: whether a signing key was made.
  @discardableResult
  package func initialise(host: Host) throws(SetupError) -> Bool {
    let keys = try directory()
    do {
      let isNew = try keys.facts(of: "sign") == nil
      if isNew {
        let key = try SigningKey.generate()
        try keys.createExclusive("sign", Self.encode(key, host))
        try Self.writePublic(key.publicKey, host, keys)
      }
      if try keys.facts(of: "seal") == nil {
        let key = try SealKey.generate()
        try keys.createExclusive("seal", SealKeyFile.encode(key))
        try Self.writePublic(key.publicKey, host, keys)
      }
      for name in ["allowed_signers", "revoked_keys"] {
        do throws(FileError) { try keys.createExclusive(name, []) } catch .exists {}
      }
      return isNew
    } catch let error as FileError {
      throw SetupError(error)
    } catch {
      throw .malformed(path: path, what: "a key could not be made")
    }
  }

  static func encode(_ key: borrowing SigningKey, _ host: Host) -> [UInt8] {
    OpenSSHKeyFile.encode(key, comment: "agent-mesh \(host)")
  }

  static func writePublic(
    _ key: VerifyingKey, _ host: Host, _ keys: borrowing Directory
  ) throws(FileError) {
    try keys.writeAtomically(
      "sign.pub", OpenSSHKeyFile.encodePublic(key, comment: "agent-mesh \(host)"))
  }

  static func writePublic(
    _ key: SealPublicKey, _ host: Host, _ keys: borrowing Directory
  ) throws(FileError) {
    try keys.writeAtomically(
      "seal.pub", SealKeyFile.encodePublic(key, comment: "agent-mesh \(host)"))
  }

  package func identity(_ host: Host) throws(SetupError) -> Identity {
    let keys = try directory()
    guard let bytes = try AgentsHome.read("sign", in: keys, limit: Self.keyLimit, policy: .secret)
    else { throw .noKeys }
    return Identity(
      host: host, signing: try Self.decode(bytes, path + "/sign"),
      retired: try retired(host, in: keys))
  }

  static func decode(_ bytes: [UInt8], _ path: String) throws(SetupError) -> SigningKey {
    do {
      return try OpenSSHKeyFile.decode(bytes)
    } catch .malformed(let what) {
      throw .malformed(path: path, what: what)
    } catch {
      throw .malformed(path: path, what: "it is not a key that can be used")
    }
  }

  /// The secret seal keys: the current one, and the previous one while it is kept.
  func sealKeys() throws(SetupError) -> SealKeys {
    let keys = try directory()
    guard let current = try Self.sealKey("seal", in: keys, path) else { throw .noKeys }
    return SealKeys(current, previous: try Self.sealKey("seal.previous", in: keys, path))
  }

  private static func sealKey(
    _ name: String, in keys: borrowing Directory, _ path: String
  ) throws(SetupError) -> SealKey? {
    guard
      var bytes = try AgentsHome.read(name, in: keys, limit: keyLimit, policy: .secret)
    else { return nil }
    defer { Sodium.wipe(&bytes) }
    do { return try SealKeyFile.decode(bytes) } catch {
      throw .malformed(path: "\(path)/\(name)", what: "it is not a sealing key")
    }
  }

  package func sealPublicKey() throws(SetupError) -> SealPublicKey {
    let keys = try directory()
    guard let bytes = try AgentsHome.read("seal.pub", in: keys, limit: Self.keyLimit) else {
      throw .noKeys
    }
    guard let key = try? SealKeyFile.decodePublic(bytes) else {
      throw .malformed(path: path + "/seal.pub", what: "it is not a sealing key")
    }
    return key
  }
}

extension Site {
  /// Pins, revocations, and this account's own keys.
  package func trustedKeys() throws(SetupError) -> TrustedKeys {
    try PinStore(home).trusted(try KeyStore(home).identity(host))
  }
}

/// What an account needs before it signs or checks anything: its keys, its trusted peers, its
/// ceilings. A process reads them once; a message to a neighbouring pane is sent and received with
/// the same ones.
package final class Credentials {
  let site: Site
  let identity: Identity
  let trusted: TrustedKeys
  let policies: Policies

  /// - Throws: if identities cannot be checked; then nothing is sent or received.
  package init(_ site: Site) throws(SetupError) {
    let policies = try Policies(site.home)
    let identity = try KeyStore(site.home).identity(site.host)
    trusted = try PinStore(site.home).trusted(identity)
    self.site = site
    self.policies = policies
    self.identity = identity
  }
}
