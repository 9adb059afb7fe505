internal import Mesh
internal import MeshHost

/// What there is to say of a session with a peer that went wrong.
extension Failure {
  init(_ error: SyncError, _ peer: Peer) {
    self.init(
      code: 4, reason: Reason.unreachable.rawValue, text: "", hint: "ssh \(peer.sshAlias) true")
    switch error {
    case .ssh(let failure): text = "\(peer.host): \(Failure.describe(failure))"
    case .broken: text = "\(peer.host): the session broke"
    case .malformed: text = "\(peer.host) answered what is not understood"
    case .calledOtherwise(let name):
      let other = SafeText.line(name, limit: 64)
      text = "\(peer.host) calls itself \(other)"
      hint =
        "sed -i 's/^\(peer.host)$/\(other) ssh=\(peer.sshAlias)/' ~/.agents/peers.conf   or there: echo \(peer.host) > ~/.agents/self.conf"
    case .setup(let error): self.init(error)
    }
  }

  static func describe(_ failure: SSHFailure) -> String {
    switch failure {
    case .noSSH: "ssh could not be started"
    case .unreachable(let said): "cannot be reached: \(said)"
    case .notInstalled(let said): "agent-register-hook is not installed there: \(said)"
    case .timeout: "did not answer in time"
    case .noAnswer(let said): "broke off: \(said)"
    case .setup(let error): Failure(error).text
    }
  }
}
