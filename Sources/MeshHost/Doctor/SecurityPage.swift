internal import Mesh
internal import MeshCrypto

/// `agent-mesh doctor --security`: one page for an account on a shared host. It says who can get in,
/// past what, and which limits apply; it does not judge what the owner may have intended.
extension Doctor {
  package static func security(_ environment: Environment) throws(SetupError) -> [Finding] {
    let site = try Site(environment)
    let doctor = Doctor(site: site)
    var findings = doctor.logins() + doctor.sshdEnvironment()
    let policies = try Policies(site.home)
    let trusted = try site.trustedKeys()
    findings += .ok(
      "trust",
      "\((trusted.hosts.count - 1).counted("other host")) trusted; pinning is \(policies.effective.pinningIsManual ? "manual" : "on first contact over ssh")"
    )
    findings += doctor.bounds(policies)
    do { findings += try doctor.panes(AccessInspection(site, trusted, policies), trusted) } catch {
      findings += .warn("access", "the panes cannot be looked at: \(error)")
    }
    return findings
  }

  private func logins() -> [Finding] {
    let open = AuthorizedKeys(site).open
    guard !open.isEmpty else {
      return .ok("ssh", "no key in ~/.ssh/authorized_keys opens a shell of this account")
    }
    return open.flatMap { line -> [Finding] in
      let comment =
        line.split(separator: " ").last.map { SafeText.line(String($0), limit: 60) } ?? "?"
      return .warn(
        "ssh", "a key opens a shell of this account, past all allow lists: \(comment)",
        fix: "agent-keys ssh-line HOST KEY.pub")
    }
  }

  /// Which variables an ssh client may set here.
  private func sshdEnvironment() -> [Finding] {
    let (accepted, isOpen) = Doctor.sshdAccepts()
    let usual: Set = ["LANG", "LC_*", "LANGUAGE", "COLORTERM", "NO_COLOR", "TERM"]
    let unusual = accepted.filter { !usual.contains($0) }
    guard unusual.isEmpty, !isOpen else {
      let words = unusual.joined(separator: " ") + (isOpen ? " and ~/.ssh/environment" : "")
      return .warn(
        "sshd", "sshd accepts \(SafeText.line(words, limit: 200)) from clients",
        fix:
          "sudo grep -rn -i -E 'AcceptEnv|PermitUserEnvironment' /etc/ssh/sshd_config /etc/ssh/sshd_config.d"
      )
    }
    return .ok(
      "sshd",
      "sshd accepts from clients: \(accepted.isEmpty ? "nothing" : accepted.joined(separator: " "))"
    )
  }

  /// What sshd's configuration says: variables, and whether `~/.ssh/environment` is read.
  private static func sshdAccepts() -> (variables: [String], environmentFile: Bool) {
    var files = ["/etc/ssh/sshd_config"]
    if let folder = try? Directory.open("/etc/ssh/sshd_config.d", requirePrivate: false),
      let names = try? folder.names(limit: 200)
    {
      files += names.sorted().map { "/etc/ssh/sshd_config.d/" + $0 }
    }
    var accepted: [String] = []
    var isOpen = false
    for file in files {
      let bytes = (try? UserFile.read(file, limit: 1 << 20)) ?? []
      for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
        let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
        switch words.first?.lowercased() {
        case "acceptenv": accepted += words.dropFirst()
        case "permituserenvironment" where words.last?.lowercased() != "no": isOpen = true
        default: break
        }
      }
    }
    return (accepted, isOpen)
  }

  private func bounds(_ policies: Policies) -> [Finding] {
    let policy = policies.effective
    return .ok(
      "bounds",
      "\(policy.rate.host) messages a minute from each host; files of \(policy.maxFile >> 20) MiB at most; \(Spool.mostMessages) waiting messages for each pane"
    )
  }

  private func panes(
    _ inspection: AccessInspection, _ trusted: TrustedKeys
  ) throws(Tmux.Failure) -> [Finding] {
    var found: [Finding] = []
    var global: [String: [Address]] = [:]
    for (placed, address) in inspection.all {
      let levels = try inspection.levels(of: placed, .messages)
      guard let deciding = levels.first(where: \.decides), let value = deciding.value else {
        continue
      }
      let list = SafeText.line(value, limit: 80)
      if deciding.name.hasPrefix("global"), value != "@self", value != "none" {
        global["\(ShellWord.quoted(placed.tmux.socket)) \(list)", default: []].append(address)
      } else {
        found += .ok("access", "\(address) admits '\(list)' at its \(deciding.name)")
      }
      if let seen = try? RecipientReading(site, hosts: trusted.hosts, at: address),
        seen.look.facts.shellBeneath
      {
        found += .ok("shell", "\(address) has a shell beneath its program")
      }
    }
    return open(global) + found
  }

  /// One line sets them all: their own account stays admitted, and a list at a pane or window still counts.
  private func open(_ global: [String: [Address]]) -> [Finding] {
    global.sorted { $0.key < $1.key }.flatMap { key, addresses -> [Finding] in
      let parts = key.split(separator: " ", maxSplits: 1).map(String.init)
      let some = addresses.prefix(3).map(\.text).joined(separator: ", ")
      let more = addresses.count > 3 ? ", …" : ""
      return .warn(
        "access",
        "\(addresses.count.counted("pane")) admit '\(parts.last ?? "")' by the global line only: \(some)\(more)",
        fix: "tmux -S \(parts[0]) set-option -g @agent-allow @self")
    }
  }
}
