package import Mesh
package import MeshCrypto

/// Where a message goes: the result of the lookup; nothing has been sent.
package struct Route: Sendable {
  package let to: Address
  package let host: Host
  /// The recipient host's newest valid pinned key.
  package let key: VerifyingKey
  /// All its valid keys: any of them may sign a receipt.
  package let keys: [VerifyingKey]
  /// How to reach the host; nil for this account itself.
  package let peer: Peer?
  /// `<session>:<index>` of another host's pane, from its slice, made safe for a terminal.
  package let target: String?
  /// Whether the host's slice has expired.
  package let isStale: Bool
  /// Another host's seal key, only from an unexpired slice.
  package let sealKey: SealPublicKey?

  /// The ssh alias; nil for this account itself.
  package var alias: String? { peer?.sshAlias }
}

/// Why an address has no route. Nothing was sent.
package enum RouteError: Error, Equatable, Sendable {
  case badAddress(near: [Address])
  /// With up to three similar names from our own registry.
  case unknownAgent(near: [Address])
  /// A short name that matches several agents.
  case ambiguous([Address])
  /// A known host whose key is not pinned.
  case unpinned(Host)
  /// A host whose pinned keys are all invalid by now.
  case revoked(Host)
  /// The host is pinned but not in `peers.conf`, so we cannot connect to it.
  case noWay(Host)
  case setup(SetupError)
}

/// Finds routes: from an address to the longest known host that owns it, then only that host's slice.
package struct Router: Sendable {
  package let site: Site
  let trusted: TrustedKeys
  /// This host's panes, where the caller has listed them: a window may not be in the registry yet.
  private let panes: PaneDirectory?

  package init(_ site: Site, _ trusted: TrustedKeys, panes: PaneDirectory? = nil) {
    (self.site, self.trusted, self.panes) = (site, trusted, panes)
  }

  package func route(to text: String) throws(RouteError) -> Route {
    let peers = try setup(site.home.peers())
    if let address = try? Address(validating: text),
      let host = address.owner(among: trusted.hosts)
    {
      return try route(to: address, of: host, peers)
    }
    // `cat`, `dev:cat`, `%1`: expanded to a whole address if exactly one agent matches.
    let book = try setup(site.slices.book(peers, trusted: trusted, me: site.host, at: site.now))
    let meant = ShortName.candidates(text, among: book.entries.map(\.entry), home: site.host)
    if meant.count > 1 { throw .ambiguous(meant) }
    if let one = meant.first, let host = one.owner(among: trusted.hosts) {
      return try route(to: one, of: host, peers)
    }
    guard (try? Address(validating: text)) != nil else { throw .badAddress(near: near(text)) }
    throw .unknownAgent(near: near(text))
  }

  private func route(
    to address: Address, of host: Host, _ peers: [Peer]
  ) throws(RouteError) -> Route {
    let keys = trusted.keys(of: host, for: .receipt, at: site.now)
    guard let key = keys.last else {
      throw trusted.pins.pins(of: host).isEmpty ? .unpinned(host) : .revoked(host)
    }
    // For our own panes tmux is asked, not the slice.
    let found =
      host == site.host
      ? nil
      : try setup(site.slices.slice(of: host, trusted: trusted, me: site.host, at: site.now))
    let entry = found?.slice.entry(for: address)
    guard host == site.host || peers.contains(where: { $0.host == host }) else {
      throw .noWay(host)
    }
    return Route(
      to: address, host: host, key: key, keys: keys,
      peer: peers.first { $0.host == host && host != site.host },
      target: entry.map { SafeText.line($0.target) }, isStale: found?.isStale ?? false,
      sealKey: found.flatMap {
        $0.isStale ? nil : try? SealPublicKey(text: "x25519 \($0.slice.sealKey)")
      })
  }

  /// Up to three addresses that the user may have meant: by a pane's id, its `session:window`, a window's name or
  /// the end of it, or a similar spelling. From our own registry and panes, so nothing is revealed that we did not
  /// know.
  package func near(_ typed: String) -> [Address] {
    guard
      let book = try? site.slices.book(
        try site.home.peers(), trusted: trusted, me: site.host, at: site.now)
    else { return [] }
    let (spelled, live) = (Slug.make(typed) ?? typed, panes?.onTheMesh ?? [])
    let listed = book.entries.map(\.entry).filter {
      ($0.host == site.host && ($0.paneID == typed || $0.target == typed)) || $0.window == typed
        || $0.address.text == spelled
    }
    let shown = live.filter {
      $0.pane.paneID == typed || $0.pane.windowName == typed || $0.address.text == spelled
        || "\($0.pane.sessionName):\($0.pane.windowIndex)" == typed
    }
    // A window's own address comes before those of its panes.
    let exact = (listed.map(\.address) + shown.map(\.address))
      .sorted { $0.text.utf8.count < $1.text.utf8.count }
    if let first = exact.first { return [first] }
    return book.nearNames(spelled, among: live.map(\.address), atMost: 4)
      .filter { $0.text != typed }.prefix(3).map(\.self)
  }

  private func setup<Answer>(
    _ step: @autoclosure () throws(SetupError) -> Answer
  ) throws(RouteError) -> Answer {
    do { return try step() } catch { throw .setup(error) }
  }
}
