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
    let own = Line(
      host: site.host.name, fingerprint: identity.key.fingerprint,
      state: revoked.contains(identity.key) ? "revoked" : "own",
      note: "this account")
    let lines = [own] + pins.pins.map { line($0, revoked) }
    if json { return lines.forEach { Output.json($0) } }
    Output.table(
      [["HOST", "KEY", "STATE", "NOTE"]]
        + lines.map { [$0.host, $0.fingerprint, $0.state, SafeText.line($0.note)] })
    var all = pins
    all.add(Pin(host: site.host, key: identity.key, note: "this account"))
    for shared in all.sharedKeys(besides: revoked, at: site.now) {
      Output.note("agent-keys: \(shared.text)")
    }
  }

  func show(_ name: String?, art: Bool) throws {
    let identity = try Setup.identity(site)
    guard let name, name != site.host.name else {
      return show(identity.key, of: site.host, art)
    }
    let host = try Setup.host(name)
    let pins = try PinStore(site.home).pins()
      .pins(of: host)
    guard !pins.isEmpty else {
      throw Failure(
        .notSetUp, .unpinned, "no key is pinned for \(host)",
        try: "agent-keys trust \(host)")
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
    if pin.isDistrusted { state = "distrusted" }
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
