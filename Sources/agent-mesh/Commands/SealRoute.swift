internal import Mesh
internal import MeshHost

/// A seal key is taken from an unexpired slice only: where there is none, the host is asked first.
enum SealRoute {
  static func refreshed(
    _ route: Route, _ order: Order, _ site: Site, _ sending: borrowing Sending
  ) throws(Failure) -> Route {
    guard sending.seals(order, route), route.sealKey == nil, let alias = route.alias else {
      return route
    }
    let peer = Peer(host: route.host, sshAlias: alias, hub: false)
    do throws(SyncError) {
      let calling: SyncCalling
      do { calling = try SyncCalling(site) } catch { throw .setup(error) }
      for notice in try calling.run(with: peer).notices {
        Output.note(SafeText.line(notice, limit: 400))
      }
    } catch {
      Output.note("notify-pane: \(Failure(error, peer).text)")
    }
    return try Setup.route(to: route.to.text, site, sending)
  }
}
