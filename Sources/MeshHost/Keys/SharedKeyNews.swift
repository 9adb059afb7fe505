internal import Mesh
internal import MeshCrypto

/// What there is to say when a key is pinned that another host has already, this account among them. It is said when
/// the pin is made, and so once.
package struct SharedKeyNews: Sendable {
  let site: Site

  package init(_ site: Site) { self.site = site }

  /// - Parameter fingerprint: of the key that was just pinned.
  /// - Returns: the sentence, which is in the log as well; nil: no other host has that key.
  package func say(_ fingerprint: String) -> String? {
    guard let shared = sharedKeys().first(where: { $0.key.fingerprint == fingerprint }) else {
      return nil
    }
    AuditLog(site.home).note("shared-key", shared.text, at: site.now)
    return shared.text
  }

  private func sharedKeys() -> [SharedKey] {
    do throws(SetupError) {
      var pins = try PinStore(site.home).pins()
      for key in try KeyStore(site.home).identity(site.host).keys {
        pins.add(Pin(host: site.host, key: key, note: "this account"))
      }
      return pins.sharedKeys(besides: try PinStore(site.home).revoked(), at: site.now)
    } catch { return [] }
  }
}
