/// One line of `agent-mesh doctor`.
package struct Finding: Sendable, Equatable, Encodable {
  package enum State: String, Sendable, Encodable {
    case ok, warn
    case fail = "FAIL"
  }

  package var schema = 1
  package let state: State
  /// What was looked at, one word: `keys`, `peer`, `tmux`, …
  package let subject: String
  package let what: String
  /// The command that mends it.
  package let mend: String?

  static func ok(_ subject: String, _ what: String) -> Finding {
    Finding(state: .ok, subject: subject, what: what, mend: nil)
  }

  static func warn(_ subject: String, _ what: String, mend: String? = nil) -> Finding {
    Finding(state: .warn, subject: subject, what: what, mend: mend)
  }

  static func fail(_ subject: String, _ what: String, mend: String? = nil) -> Finding {
    Finding(state: .fail, subject: subject, what: what, mend: mend)
  }

  static func fail(_ subject: String, _ error: SetupError) -> Finding {
    switch error {
    case .noHome: fail(subject, "HOME is not set, or not a directory of ours")
    case .badSelf:
      fail(
        subject, "self.conf holds no valid host name", mend: "echo my-host > ~/.agents/self.conf")
    case .noKeys: fail(subject, "this account has no keys", mend: "agent-keys init")
    case .insecure(let path, let mend):
      fail(subject, "others could read or change \(path)", mend: mend)
    case .malformed(let path, let what): fail(subject, "\(path): \(what)")
    case .file(let error): fail(subject, "\(error)")
    case .noSealKey(let host): fail(subject, "no seal key of \(host)", mend: "sync-agent-registry")
    }
  }
}
