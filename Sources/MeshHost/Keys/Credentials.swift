internal import Mesh

/// What an account has to know before it signs or checks anything: its keys, whom it trusts, its ceilings.
/// A process reads them once; a message to a neighbouring pane is sent and received with the same ones.
package final class Credentials {
  let site: Site
  let identity: Identity
  let trusted: TrustedKeys
  let policies: Policies

  /// - Throws: what makes it impossible to tell who is who: nothing is sent or received then.
  package init(_ site: Site) throws(SetupError) {
    let policies = try Policies(site.home)
    let identity = try KeyStore(site.home).identity(site.host)
    trusted = try PinStore(site.home).trusted(identity)
    self.site = site
    self.policies = policies
    self.identity = identity
  }
}
