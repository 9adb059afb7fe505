internal import Mesh
internal import MeshCrypto
internal import MeshHost

/// `agent-keys trust`, `distrust` and `ssh-line`.
extension KeyWork {
  /// - Parameter introduced: a program brings the key, not a person. Then no pin is replaced, and
  ///   the policy may forbid it.
  func trust(_ name: String, _ wanted: String?, introduced: Bool = false) throws {
    let host = try Named.host(name)
    guard host != site.host else { throw Failure.usage("\(host) is this account itself") }
    let key = try key(of: host, wanted)
    if let wanted, wanted.hasPrefix("SHA256:"), wanted != key.fingerprint {
      throw Failure(
        .notAuthentic, .keyChanged,
        "\(host) offers \(key.fingerprint), not \(SafeText.line(wanted))",
        undone: "nothing was pinned", try: "agent-keys trust \(host)")
    }
    if introduced { try mayBeIntroduced(host, key) }
    let how = introduced ? "introduced" : wanted == nil ? "trusted over ssh" : "trusted by hand"
    let pinning = try PinStore(site.home).pin(
      key, for: host, how: how, at: site.now, replacing: wanted != nil && !introduced,
      byPerson: !introduced)
    try report(pinning, host, offered: key.fingerprint)
  }

  private func mayBeIntroduced(_ host: Host, _ key: VerifyingKey) throws {
    let policies = try Policies(site.home)
    guard !policies.effective.pinningIsManual else {
      throw Failure(
        .refused, .denied, "pinning is manual; nothing was pinned",
        try: "agent-keys trust \(host) \(key.fingerprint)")
    }
  }

  private func report(_ pinning: Pinning, _ host: Host, offered: String) throws {
    switch pinning {
    case .pinned(let fingerprint):
      log("pinned", "\(host) \(fingerprint)")
      say("\(host) is pinned to \(fingerprint)", host, fingerprint, "pinned")
      if let shared = KeyNews(site).shared(fingerprint) { Output.note("agent-keys: \(shared)") }
    case .already: say("\(host) is pinned to that key already", host, offered, "pinned")
    case .changed(let pinned, let offered):
      throw Failure(
        .notAuthentic, .keyChanged,
        "\(host) offers another key than the pinned one: pinned \(pinned.joined(separator: " ")), offered \(offered); nothing was changed",
        try: "agent-keys trust \(host) \(offered)   # if you know that it is right")
    case .distrusted(let offered):
      throw Failure(
        .notAuthentic, .keyChanged, "the trust in \(host) was taken back; nothing was changed",
        try: "agent-keys trust \(host) \(offered)   # if you know that it is right")
    case .revoked: throw Failure(.notAuthentic, .revoked, "that key is revoked; nothing was pinned")
    }
  }

  private func key(of host: Host, _ wanted: String?) throws -> VerifyingKey {
    if let wanted, wanted.hasPrefix("ssh-ed25519 ") { return try Named.key(wanted) }
    let peers = try site.home.peers()
    guard let peer = peers.first(where: { $0.host == host }) else {
      throw Failure.usage(
        "\(host) is not in ~/.agents/peers.conf; nothing was pinned",
        try: "echo \(host) >> ~/.agents/peers.conf")
    }
    do { return try Introduction(site).ask(peer).key } catch { throw Failure(error, peer) }
  }

  /// - Parameter forgetting: also forget the name, so that another host may own its addresses.
  func distrust(_ name: String, forgetting: Bool) throws {
    let host = try Named.host(name)
    if forgetting { return try forget(host) }
    let gone = try PinStore(site.home).distrust(host, at: site.now)
    guard !gone.isEmpty else { throw Failure.usage("no key is pinned for \(host)") }
    for fingerprint in gone {
      log("distrusted", "\(host) \(fingerprint)")
      say("\(host): \(fingerprint) is no longer trusted", host, fingerprint, "distrusted")
    }
  }

  private func forget(_ host: Host) throws {
    let known = try PinStore(site.home).forget(host)
    guard known else { throw Failure.usage("nothing is known of \(host)") }
    log("distrusted", "\(host), and its name is forgotten")
    say(
      "\(host) is forgotten: no key of it is trusted, and its name is free", host, nil, "forgotten")
    let trusted = try site.trustedKeys()
    if trusted.hosts.contains(host) {
      Output.note("agent-keys: it is still in ~/.agents/peers.conf")
    } else if let heir = Address(host).owner(among: trusted.hosts) {
      Output.note("agent-keys: addresses that begin with \(host)- are \(heir)'s now")
    }
  }

  func sshLine(_ name: String, _ file: String?) throws {
    let host = try Named.host(name)
    let text = try publicKey(file)
    let parts = text.split(whereSeparator: { $0 == " " || $0 == "\n" }).map(String.init)
    let types = ["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "sk-ssh-ed25519@openssh.com"]
    guard parts.count >= 2, types.contains(parts[0]), (try? Base64.decode(parts[1])) != nil else {
      throw Failure.usage("that is no ssh public key", try: "ssh \(host) cat .ssh/id_ed25519.pub")
    }
    let program = "\(site.home.home)/bin/agent-register-hook"
    guard !program.contains("\""), !program.contains("\\") else {
      throw Failure.usage("the home directory's name cannot be written in authorized_keys")
    }
    let line =
      "restrict,command=\"\(program) serve --peer \(host)\" \(parts[0]) \(parts[1]) \(host)"
    Output.say(line, ["host": host.name, "line": line], json: json)
  }

  private func publicKey(_ file: String?) throws -> String {
    let bytes: [UInt8]
    do {
      if let file {
        bytes = try UserFile.read(file, limit: 16 << 10)
      } else {
        if Standard.isTerminal(.input) { Output.note("agent-keys: paste the public key, then ^D") }
        bytes = try Standard.readAll(limit: 16 << 10, until: .now + .seconds(600))
      }
    } catch { throw Failure.usage("the public key could not be read") }
    return String(decoding: bytes, as: UTF8.self)
  }
}
