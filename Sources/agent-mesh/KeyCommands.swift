internal import Mesh
internal import MeshCrypto
internal import MeshHost

/// `agent-keys list` and `show`.
struct KeyListing {
  let site: Site

  init(_ site: Site) { self.site = site }

  func print(json: Bool) throws(Failure) {
    let identity = try Setup.identity(site)
    let pins = try Setup.files { () throws(SetupError) in try PinStore(site.home).pins() }
    let revoked = try Setup.files { () throws(SetupError) in try PinStore(site.home).revoked() }
    let own = Line(
      host: site.host.name, fingerprint: identity.key.fingerprint, state: "own",
      note: "this account")
    let lines = [own] + pins.pins.map { line($0, revoked) }
    if json { return lines.forEach { Output.json($0) } }
    Output.table(
      [["HOST", "KEY", "STATE", "NOTE"]]
        + lines.map { [$0.host, $0.fingerprint, $0.state, SafeText.line($0.note)] })
    var all = pins
    all.add(Pin(host: site.host, key: identity.key, note: "this account"))
    for shared in all.sharedKeys { Output.note("agent-keys: \(shared.text)") }
  }

  func show(_ name: String?, art: Bool) throws(Failure) {
    let identity = try Setup.identity(site)
    guard let name, name != site.host.name else {
      return show(identity.key, of: site.host, art)
    }
    let host = try Trusting.host(name)
    let pins = try Setup.files { () throws(SetupError) in try PinStore(site.home).pins() }
      .pins(of: host)
    guard !pins.isEmpty else {
      throw Failure(
        code: 7, reason: Reason.unpinned.rawValue, text: "no key is pinned for \(host)",
        hint: "agent-keys trust \(host)")
    }
    for pin in pins where pin.counts(at: site.now) || pins.count == 1 {
      show(pin.key, of: host, art)
    }
  }

  private func show(_ key: VerifyingKey, of host: Host, _ art: Bool) {
    Output.line("\(key.openSSH) agent-mesh \(host)")
    Output.line(key.fingerprint)
    if art { for line in Randomart.lines(of: key) { Output.line(line) } }
  }

  private func line(_ pin: Pin, _ revoked: RevokedKeys) -> Line {
    var state = pin.counts(at: site.now) ? "pinned" : "out of date"
    if revoked.contains(pin.key) { state = "revoked" }
    return Line(
      host: pin.host.name, fingerprint: pin.key.fingerprint, state: state, note: pin.note)
  }

  private struct Line: Encodable {
    var schema = 1
    let host: String
    let fingerprint: String
    let state: String
    let note: String
  }
}

/// `agent-keys trust` and `distrust`.
struct Trusting {
  let site: Site

  init(_ site: Site) { self.site = site }

  static func host(_ name: String) throws(Failure) -> Host {
    do { return try Host(validating: name) } catch {
      throw .usage("\(SafeText.line(name, limit: 60)) is no host name")
    }
  }

  func trust(_ name: String, _ wanted: String?) throws(Failure) {
    let host = try Self.host(name)
    guard host != site.host else { throw .usage("\(host) is this account itself") }
    let key = try key(of: host, wanted)
    if let wanted, wanted.hasPrefix("SHA256:"), wanted != key.fingerprint {
      throw Failure(
        code: 6, reason: Reason.keyChanged.rawValue,
        text: "\(host) offers \(key.fingerprint), not \(SafeText.line(wanted)); nothing was pinned")
    }
    let pinning = try Setup.files { () throws(SetupError) in
      try PinStore(site.home).pin(
        key, for: host, how: wanted == nil ? "trusted over ssh" : "trusted by hand", at: site.now,
        replacing: wanted != nil)
    }
    try report(pinning, host)
  }

  private func report(_ pinning: Pinning, _ host: Host) throws(Failure) {
    switch pinning {
    case .pinned(let fingerprint):
      log("pinned", "\(host) \(fingerprint)")
      Output.line("\(host) is pinned to \(fingerprint)")
      if let shared = SharedKeyNews(site).say(fingerprint) { Output.note("agent-keys: \(shared)") }
    case .already: Output.line("\(host) is pinned to that key already")
    case .changed(let pinned, let offered):
      throw Failure(
        code: 6, reason: Reason.keyChanged.rawValue,
        text:
          "\(host) offers another key than the pinned one: pinned \(pinned.joined(separator: " ")), offered \(offered); nothing was changed",
        hint: "agent-keys trust \(host) \(offered)   if you know that it is right")
    case .revoked:
      throw Failure(
        code: 6, reason: Reason.revoked.rawValue, text: "that key is revoked; nothing was pinned")
    }
  }

  private func key(of host: Host, _ wanted: String?) throws(Failure) -> VerifyingKey {
    if let wanted, wanted.hasPrefix("ssh-ed25519 ") {
      let parts = wanted.split(separator: " ")
      guard parts.count >= 2, let key = try? VerifyingKey(openSSH: "\(parts[0]) \(parts[1])") else {
        throw .usage("that is no ssh-ed25519 key")
      }
      return key
    }
    let peers = try Setup.files { () throws(SetupError) in try PeerStore(site.home).peers() }
    guard let peer = peers.first(where: { $0.host == host }) else {
      throw .usage(
        "\(host) is not in ~/.agents/peers.conf; nothing was pinned",
        hint: "echo \(host) >> ~/.agents/peers.conf")
    }
    do { return try Introduction(site).ask(peer).key } catch { throw Failure(error, peer) }
  }

  func distrust(_ name: String) throws(Failure) {
    let host = try Self.host(name)
    let gone = try Setup.files { () throws(SetupError) in try PinStore(site.home).distrust(host) }
    guard !gone.isEmpty else { throw .usage("no key is pinned for \(host)") }
    for fingerprint in gone {
      log("distrusted", "\(host) \(fingerprint)")
      Output.line("\(host): \(fingerprint) is no longer trusted")
    }
  }

  private func log(_ event: String, _ note: String) {
    var entry = AuditEntry(event, at: site.now)
    entry.note = note
    _ = try? AuditLog(site.home).append(entry)
  }
}

/// `agent-keys ssh-line`.
struct SSHLines {
  private static let limit = 16 << 10

  let site: Site

  init(_ site: Site) { self.site = site }

  func print(_ name: String, _ file: String?) throws(Failure) {
    let host = try Trusting.host(name)
    let text = try publicKey(file)
    let parts = text.split(whereSeparator: { $0 == " " || $0 == "\n" }).map(String.init)
    let types = ["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "sk-ssh-ed25519@openssh.com"]
    guard parts.count >= 2, types.contains(parts[0]), (try? Base64.decode(parts[1])) != nil else {
      throw .usage("that is no ssh public key", hint: "ssh \(host) cat .ssh/id_ed25519.pub")
    }
    let program = "\(site.home.home)/bin/agent-register-hook"
    guard !program.contains("\""), !program.contains("\\") else {
      throw .usage("the home directory's name cannot stand in authorized_keys")
    }
    Output.line(
      "restrict,command=\"\(program) serve --peer \(host)\" \(parts[0]) \(parts[1]) \(host)")
  }

  private func publicKey(_ file: String?) throws(Failure) -> String {
    let bytes: [UInt8]
    do {
      if let file {
        bytes = try UserFile.read(file, limit: Self.limit)
      } else {
        if Standard.isTerminal(.input) { Output.note("agent-keys: paste the public key, then ^D") }
        bytes = try Standard.readAll(limit: Self.limit, until: .now + .seconds(600))
      }
    } catch { throw .usage("the public key could not be read") }
    return String(decoding: bytes, as: UTF8.self)
  }
}

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
