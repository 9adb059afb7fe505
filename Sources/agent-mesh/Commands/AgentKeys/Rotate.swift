internal import Mesh
internal import MeshCrypto
internal import MeshHost

/// `agent-keys rotate` and `revoke`.
extension KeyWork {
  func rotate(force: Bool) throws {
    let done = try KeyStore(site.home).rotate(site.host, force: force)
    log("rotated", "\(site.host) \(done.old) gives way to \(done.new)")
    if done.resumed { Output.note("agent-keys: an interrupted rotation was finished") }
    say("\(site.host) \(done.new) (new)", site.host, done.new, "new")
    Output.say(
      "\(site.host) \(done.old) counts until \(done.until.text)",
      [
        "host": site.host.name, "fingerprint": done.old, "state": "pinned",
        "until": done.until.text,
      ], json: json)
    try publish()
  }

  func rotateSeal() throws {
    let key = try KeyStore(site.home).rotateSeal(site.host)
    log("rotated-seal", "\(site.host) \(key.text)")
    Output.say(
      "\(site.host) \(key.text) (new); the previous one is kept for 8 days",
      ["host": site.host.name, "state": "new", "key": key.text], json: json)
    try publish()
  }

  func revokeOwn() throws {
    let done = try KeyStore(site.home).revokeOwn(site.host)
    log("revoked", "\(site.host) \(done.revoked), by itself; new key \(done.new)")
    say("\(site.host) \(done.revoked) (revoked)", site.host, done.revoked, "revoked")
    say("\(site.host) \(done.new) (new)", site.host, done.new, "new")
    try publish()
    Output.note("on every peer, once the fingerprint was compared by another way:")
    Output.note("  agent-keys trust \(site.host) \(done.new)")
  }

  func prepare(_ file: String) throws {
    let record = try KeyStore(site.home).prepareRevocation(site.host)
    do { try UserFile.create(file, record.bytes) } catch {
      throw Failure.usage("\(error)", undone: "nothing was written")
    }
    let print = record.revocation.key.fingerprint
    say("\(print): its revocation is prepared", site.host, print, "prepared")
    Output.note("keep it where this account cannot lose it; anyone who has it can revoke this key:")
    Output.note("  agent-keys revoke FILE   on any host of the mesh")
  }

  /// A host, a fingerprint, a key, or the file of a prepared revocation.
  func revoke(_ what: String) throws {
    // Base64 contains `/`, too.
    let isKey = what.hasPrefix("SHA256:") || what.hasPrefix("ssh-ed25519 ")
    if !isKey, what.contains("/") || what.contains(".") { return try revoke(file: what) }
    let keys = try keys(meant: what)
    for (host, key) in keys {
      let done = try PinStore(site.home).revoke(
        key, of: host, note: "\(host?.name ?? "-") by hand", at: site.now)
      if done != nil { log("revoked", "\(host?.name ?? "-") \(key.fingerprint), by hand") }
      say(
        "\(host?.name ?? "-") \(key.fingerprint) (revoked\(done == nil ? " already" : ""))",
        host, key.fingerprint, "revoked")
      for print in done?.successors ?? [] {
        say(
          "\(host?.name ?? "-") \(print) (ended: the revoked key had named it)", host, print,
          "ended")
      }
      for print in done?.stillCounting ?? [] {
        Output.note("agent-keys: \(print), which the revoked key had named to follow it, counts on")
        Output.note("  agent-keys revoke \(print)   if that is not right")
      }
    }
    assemble()
  }

  private func keys(meant what: String) throws -> [(host: Host?, key: VerifyingKey)] {
    if what.hasPrefix("ssh-ed25519 ") {
      return [(nil, try Named.key(what, undone: "; nothing was revoked"))]
    }
    let pins = try PinStore(site.home).pins().pins
    let isPrint = what.hasPrefix("SHA256:")
    let found = pins.filter { isPrint ? $0.key.fingerprint == what : $0.host.name == what }
    if found.isEmpty, what == site.host.name {
      throw Failure.usage(
        "\(what) is this account itself; nothing was revoked", try: "agent-keys revoke --own")
    }
    guard !found.isEmpty else {
      throw Failure.usage(
        "no pinned key is \(isPrint ? "" : "of ")\(SafeText.line(what, limit: 64)); nothing was revoked",
        try: "agent-keys list")
    }
    return found.map { ($0.host, $0.key) }
  }

  private func revoke(file: String) throws {
    guard let bytes = try? UserFile.read(file, limit: KeyChain.limit) else {
      throw Failure.usage("\(SafeText.line(file, limit: 80)) cannot be read; nothing was revoked")
    }
    guard let record = try? SignedRevocation(validating: bytes) else {
      throw Failure(
        .notAuthentic, .signature, "that is no revocation that its key signed; nothing was revoked")
    }
    let said = try KeyNews(site).take(record)
    let (host, print) = (record.revocation.host, record.revocation.key.fingerprint)
    say("\(host) \(print) (revoked\(said ? "" : " already"))", host, print, "revoked")
    try publish()
  }

  /// Signs the slice again and tells the peers.
  private func publish() throws {
    try Rescanning.run(site)
    let peers = try site.home.peers()
    if peers.contains(where: { $0.host != site.host }) {
      Output.note(
        "the peers hear of it in the background; sync-agent-registry tells how they took it")
    }
  }

  private func assemble() {
    do { _ = try Assembling(site).run() } catch {
      Output.note("agent-keys: \(Failure(error).text)")
    }
  }
}
