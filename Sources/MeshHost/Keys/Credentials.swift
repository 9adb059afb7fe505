internal import Mesh

/// What an account needs before it signs or checks anything: its keys, its trusted peers, its
/// ceilings. A process reads them once; a message to a neighbouring pane is sent and received with
/// the same ones.
package final class Credentials {
  let site: Site
  let identity: Identity
  let trusted: TrustedKeys
  let policies: Policies

  /// - Throws: if identities cannot be checked; then nothing is sent or received.
  package init(_ site: Site) throws(SetupError) {
    let policies = try Policies(site.home)
    let identity = try KeyStore(site.home).identity(site.host)
    trusted = try PinStore(site.home).trusted(identity)
    self.site = site
    self.policies = policies
    self.identity = identity
  }
}
