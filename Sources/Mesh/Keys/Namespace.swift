/// What a signature is for: SSHSIG's namespace. Protocol section 3.
package enum Namespace: String, Sendable, CaseIterable {
  case message = "message@agent-mesh"
  case slice = "slice@agent-mesh"
  case receipt = "receipt@agent-mesh"
  case rotate = "rotate@agent-mesh"
  case revoke = "revoke@agent-mesh"
}
