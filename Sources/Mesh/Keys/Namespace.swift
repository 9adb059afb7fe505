internal import MeshCrypto

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
