internal import Mesh

/// Looks at everything that has to be right. All checks are in one table; one that fails hides no
/// other, and each finding names a command that fixes it. It changes nothing by itself.
package struct Doctor: Sendable {
  let site: Site

  /// All checks, in the order in which they are printed.
  private static let table: [@Sendable (Doctor, Known?) -> [Finding]] = [
    { doctor, _ in doctor.homeFindings() }, { $0.nameFindings($1) },
    { doctor, _ in doctor.policyFindings() }, { $1.map($0.keyFindings) ?? [] },
    { $1.map($0.peerFindings) ?? [] }, { $0.tmuxFindings($1) },
    { doctor, _ in doctor.profileFindings() }, { doctor, _ in doctor.logFindings() },
    { doctor, _ in doctor.stateFindings() }, { $0.clockFindings($1) },
    { doctor, _ in doctor.installationFindings() },
  ]

  /// - Parameter environment: of the account to look at. An account whose home or name is wrong is
  ///   looked at too, as far as possible.
  package static func examine(_ environment: Environment) -> [Finding] {
    let site: Site
    do { site = try Site(environment) } catch {
      return .fail("home", error) + tools(environment)
    }
    let doctor = Doctor(site: site)
    var findings: [Finding] = []
    let known = Known(site, &findings)
    findings = table.flatMap { $0(doctor, known) } + findings
    return once(findings) + tools(environment)
  }

  /// A folder that may not be written makes every check of its files fail: one line says so.
  private static func once(_ findings: [Finding]) -> [Finding] {
    var told = false
    return findings.filter { finding in
      guard finding.state == .fail, finding.fix == FileError.denied else { return true }
      defer { told = true }
      return !told
    }
  }

  /// What the checks share, once keys and pins could be read.
  struct Known: Sendable {
    let trusted: TrustedKeys
    let peers: [Peer]

    init?(_ site: Site, _ findings: inout [Finding]) {
      do {
        trusted = try site.trustedKeys()
        peers = try site.home.peers().filter { $0.host != site.host }
      } catch {
        findings += .fail("keys", error)
        return nil
      }
    }
  }

  /// Runs the commands of findings that need no decision.
  /// - Returns: those that were run, with whether they succeeded.
  package static func fix(_ findings: [Finding]) -> [(command: String, done: Bool)] {
    var run: [(command: String, done: Bool)] = []
    for finding in findings where finding.isSafe && finding.state != .ok {
      guard let command = finding.fix, !run.contains(where: { $0.command == command }) else {
        continue
      }
      let done = try? Child.run("sh", ["-c", command], deadline: .seconds(60))
      run.append((command, done?.status == 0))
    }
    return run
  }
}

/// What one check found: a line of `agent-mesh doctor`.
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
  /// The command that fixes it, to be run as it is written.
  package let fix: String?
  /// Whether the command can be run without a person's decision: it changes modes, or reads and
  /// makes what is missing.
  package let isSafe: Bool
}

/// A check finds nothing, one thing or several.
extension [Finding] {
  static func ok(_ subject: String, _ what: String) -> Self {
    [Finding(state: .ok, subject: subject, what: what, fix: nil, isSafe: false)]
  }

  static func warn(
    _ subject: String, _ what: String, fix: String? = nil, safe: Bool = false
  ) -> Self {
    [Finding(state: .warn, subject: subject, what: what, fix: fix, isSafe: safe)]
  }

  static func fail(
    _ subject: String, _ what: String, fix: String? = nil, safe: Bool = false
  ) -> Self {
    [Finding(state: .fail, subject: subject, what: what, fix: fix, isSafe: safe)]
  }

  static func fail(_ subject: String, _ error: SetupError) -> Self {
    fail(subject, "\(error)", fix: error.fix, safe: error.fixIsSafe)
  }
}

extension PlacedPane {
  /// The command that sets an option of the pane itself.
  func setting(_ option: String, to value: String) -> String {
    "tmux -S \(ShellWord.quoted(tmux.socket)) set-option -p -t \(pane.id) \(option) \(value)"
  }

  /// The command that sets an option of its window.
  func settingOfWindow(_ option: String, to value: String) -> String {
    "tmux -S \(ShellWord.quoted(tmux.socket)) set-option -w -t \(pane.window) \(option) \(value)"
  }
}

extension SetupError {
  /// The command that fixes it.
  package var fix: String? {
    switch self {
    case .noHome: #"export HOME="$(getent passwd "$(id -u)" | cut -d: -f6)""#
    case .badSelf:
      "uname -n | cut -d. -f1 | tr 'A-Z_' 'a-z-' >~/.agents/self.conf"
    case .noKeys: "agent-keys init"
    case .noSealKey: "sync-agent-registry"
    case .insecure(_, let fix): fix
    case .malformed(let path, let what) where what.hasPrefix("it is missing"):
      path.hasSuffix("/revoked_keys") ? "agent-keys init" : nil
    case .malformed(let place, let what): SetupError.fixFile(place, what)
    case .file(.missing(let path)) where path.hasSuffix("/revoked_keys"): "agent-keys init"
    case .file(.notRegular(let path)) where path.hasSuffix("/revoked_keys"):
      "ls -l \(ShellWord.quoted(path))"
    case .file(.notRegular(let path)):
      "mv \(ShellWord.quoted(path)) \(ShellWord.quoted(path + ".damaged"))"
    case .file(let error): error.look
    }
  }

  var fixIsSafe: Bool {
    switch self {
    case .noKeys, .insecure: true
    case .malformed(let path, let what):
      what.hasPrefix("it is missing") && path.hasSuffix("/revoked_keys")
    case .file(.missing(let path)): path.hasSuffix("/revoked_keys")
    default: false
    }
  }

  /// A damaged key is moved away and a new one is made; in a file of lines the damaged line becomes
  /// a comment. The file as it was is kept next to it. A revocation is never taken away so: a person decides.
  private static func fixFile(_ place: String, _ what: String) -> String {
    let path = place.replacing(#/:\d+$/#, with: "")
    let word = ShellWord.quoted(path)
    if path.hasSuffix("/revoked_keys") { return "${EDITOR:-vi} \(word)" }
    if path.hasSuffix("/keys/sign") || path.hasSuffix("/keys/seal") {
      return "mv \(word) \(ShellWord.quoted(path + ".damaged")) && agent-keys init"
    }
    if let line = place.firstMatch(of: #/:(\d+)$/#)?.output.1
      ?? what.firstMatch(of: #/line (\d+)/#)?.output.1
    {
      return "sed -i.damaged '\(line)s/^/# /' \(word)"
    }
    if path.hasSuffix(".toml"),
      let key = what.firstMatch(of: #/^([A-Za-z0-9_-]+) (?:is no key|has a value)/#)?.output.1
    {
      return "sed -i.damaged 's/^[[:space:]]*\(key)[[:space:]]*=/# &/' \(word)"
    }
    return "mv \(word) \(ShellWord.quoted(path + ".damaged"))"
  }
}
