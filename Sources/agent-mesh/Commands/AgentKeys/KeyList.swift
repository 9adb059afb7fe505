internal import Mesh
internal import MeshCrypto
internal import MeshHost

/// `agent-keys list` and `show`.
struct KeyListing {
  let site: Site

  init(_ site: Site) { self.site = site }

  func print(json: Bool) throws {
    let identity = try Setup.identity(site)
    let pins = try PinStore(site.home).pins()
    let revoked = try PinStore(site.home).revoked()
    let own = KeyReport(
      host: site.host.name, fingerprint: identity.key.fingerprint,
      state: revoked.contains(identity.key) ? "revoked" : "own",
      note: "this account")
    let lines = [own] + pins.pins.map { line($0, revoked) }
    if json { return lines.forEach { Output.json($0) } }
    Output.table(
      [["HOST", "KEY", "STATE", "NOTE"]]
        + lines.map { [$0.host ?? "-", $0.fingerprint ?? "-", $0.state, $0.note ?? ""] })
    var all = pins
    all.add(Pin(host: site.host, key: identity.key, note: "this account"))
    for shared in all.sharedKeys(besides: revoked, at: site.now) {
      Output.note("agent-keys: \(shared.text)")
    }
  }

  func show(_ name: String?, art: Bool, json: Bool) throws {
    let identity = try Setup.identity(site)
    guard let name, name != site.host.name else {
      return show(identity.key, of: site.host, "own", art, json)
    }
    let host = try Setup.host(name)
    let pins = try PinStore(site.home).pins()
      .pins(of: host)
    guard !pins.isEmpty else {
      throw Failure(
        .notSetUp, .unpinned, "no key is pinned for \(host)",
        try: "agent-keys trust \(host)")
    }
    let revoked = try PinStore(site.home).revoked()
    for pin in pins where pin.counts(at: site.now) || pins.count == 1 {
      show(pin.key, of: host, line(pin, revoked).state, art, json)
    }
  }

  private func show(
    _ key: VerifyingKey, of host: Host, _ state: String, _ art: Bool, _ json: Bool
  ) {
    if json {
      return Output.json(
        KeyReport(
          host: host.name, fingerprint: key.fingerprint, state: state, key: key.openSSH))
    }
    Output.line("\(key.openSSH) agent-mesh \(host)")
    Output.line(key.fingerprint)
    if art { for line in Randomart.lines(of: key) { Output.line(line) } }
  }

  private func line(_ pin: Pin, _ revoked: RevokedKeys) -> KeyReport {
    var state = pin.counts(at: site.now) ? "pinned" : "out of date"
    if pin.isDistrusted { state = "distrusted" }
    if revoked.contains(pin.key) { state = "revoked" }
    return KeyReport(
      host: pin.host.name, fingerprint: pin.key.fingerprint, state: state,
      note: SafeText.line(pin.note))
  }
}

/// A key, and how it stands, as `--json` of all `agent-keys` commands prints it.
struct KeyReport: Encodable {
  let schema = 1
  /// nil: a key that is no host's.
  let host: String?
  /// nil: of a seal key, and where a host's name is meant alone.
  var fingerprint: String?
  let state: String
  var note: String?
  /// The key itself.
  var key: String?
  /// When it ends.
  var until: String?
}
