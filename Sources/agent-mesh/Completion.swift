internal import ArgumentParser
internal import Mesh
internal import MeshHost

/// Names of what is there now, for the shells' completion. Where anything is amiss nothing is proposed.
enum Completion {
  /// Messages that are proposed, the newest first.
  private static let mostIDs = 40

  static var addresses: CompletionKind { live { site in try book(site).addresses.map(\.text) } }

  static var roles: CompletionKind {
    live { site in try book(site).entries.map { SafeText.line($0.entry.saidRole) } }
  }

  /// Hosts whose keys are pinned, and those of `peers.conf`.
  static var hosts: CompletionKind {
    live { site in
      let trusted = try PinStore(site.home).trusted(try KeyStore(site.home).identity(site.host))
      return (trusted.hosts + (try PeerStore(site.home).peers().map(\.host))).map(\.name)
    }
  }

  /// Of messages that came or went.
  static var ids: CompletionKind {
    live { site in
      try AuditReading(site.home).messages(HistoryQuery(), most: mostIDs).reversed()
        .compactMap { $0.id.map { String($0.prefix(8)) } }
    }
  }

  /// Of messages that wait here.
  static var waiting: CompletionKind {
    live { site in try WaitingQueue(site).messages().map(\.id.short) }
  }

  private static func book(_ site: Site) throws -> AddressBook { try ListCommand.book(site) }

  private static func live(
    _ names: @escaping @Sendable (Site) throws -> [String]
  ) -> CompletionKind {
    .custom { _, _, _ in
      guard let site = try? Setup.site(), let all = try? names(site) else { return [] }
      var seen: Set<String> = []
      return all.filter { !$0.isEmpty && seen.insert($0).inserted }
    }
  }
}
