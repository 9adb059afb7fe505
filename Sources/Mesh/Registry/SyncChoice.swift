/// What is remembered of a peer that could not be reached.
package struct PeerHealth: Equatable, Sendable {
  /// Sessions that failed in a row.
  package var failures: Int
  /// Milliseconds since 1970; not asked before, unless a person does.
  package var nextTry: Int64

  package init(failures: Int = 0, nextTry: Int64 = 0) {
    self.failures = failures
    self.nextTry = nextTry
  }

  /// The longest that a dead peer is left alone, in milliseconds.
  package static let longestPause: Int64 = 3_600_000

  /// One failure more: 30 s, then twice as long each time, up to an hour.
  package mutating func failed(at now: Int64) {
    failures = min(failures + 1, 30)
    let pause = min(PeerHealth.longestPause, 30_000 << Int64(min(failures - 1, 10)))
    nextTry = now + pause
  }

  /// It has called us, so it lives: asked again at the next occasion, but still after those that never failed.
  package mutating func heard() { nextTry = 0 }

  /// Failed so often that it is more likely down than busy.
  var isDown: Bool { failures > SyncChoice.retries.count }
}

/// With whom to sync, and in which order. Pure: chance arrives as a generator.
package enum SyncChoice {
  /// Up to so many peers all are told of a change.
  package static let everybody = 20
  static let pushFanout = 3
  /// How long after a push those are tried again that it did not reach: a host that starts, or is crowded, is there soon.
  package static let retries: [Duration] = [.seconds(1), .seconds(5), .seconds(25)]
  static let roundFanout = 2

  package enum Occasion: Sendable {
    /// A person asks: every peer.
    case asked
    /// Our slice says something new.
    case push
    /// The timer.
    case round
  }

  /// Live peers first, so that a dead one never keeps others waiting.
  package static func peers(
    _ peers: [Peer], _ occasion: Occasion, health: [Host: PeerHealth], now: Int64,
    using random: inout some RandomNumberGenerator
  ) -> [Peer] {
    let all = occasion == .asked || occasion == .round && isCutOff(peers, health)
    let due = all ? peers : peers.filter { (health[$0.host]?.nextTry ?? 0) <= now }
    let chosen: [Peer]
    switch occasion {
    case .asked: chosen = due
    case .push where peers.count <= everybody: chosen = due
    case .push: chosen = some(of: due, pushFanout, everyHub: true, &random)
    case .round: chosen = some(of: due, roundFanout, everyHub: false, &random)
    }
    let shuffled = chosen.shuffled(using: &random)
    return shuffled.filter { failures($0, health) == 0 }
      + shuffled.filter { failures($0, health) > 0 }
      .sorted { failures($0, health) < failures($1, health) }
  }

  /// Whom a push has still to tell: those whom it should have reached, also such as rest since they failed a moment
  /// ago; not those that seem to be down.
  /// - Parameter tried: whom it tried. - Parameter told: whom it reached.
  package static func untold(
    _ peers: [Peer], tried: Set<Host>, told: Set<Host>, health: [Host: PeerHealth]
  ) -> [Peer] {
    peers.filter { peer in
      let isMeant = peers.count <= everybody || tried.contains(peer.host)
      return isMeant && !told.contains(peer.host) && health[peer.host]?.isDown != true
    }
  }

  /// Whether most peers fail: then it is more likely we who were cut off than they who died, so that waiting up to an
  /// hour would be waiting for ourselves. Of two parts of a mesh, the smaller one sees it so.
  package static func isCutOff(_ peers: [Peer], _ health: [Host: PeerHealth]) -> Bool {
    peers.count { failures($0, health) > 0 } * 2 > peers.count
  }

  private static func failures(_ peer: Peer, _ health: [Host: PeerHealth]) -> Int {
    health[peer.host]?.failures ?? 0
  }

  /// Some that are no hubs, and one hub or all of them.
  private static func some(
    of due: [Peer], _ count: Int, everyHub: Bool, _ random: inout some RandomNumberGenerator
  ) -> [Peer] {
    let hubs = due.filter(\.hub)
    let others = due.filter { !$0.hub }.shuffled(using: &random).prefix(count)
    return others + (everyHub ? hubs : hubs.shuffled(using: &random).prefix(1).map { $0 })
  }
}

/// `state/peers`: a line a peer that failed, `<host> <failures> <next try>`. A cache: what does not parse is forgotten.
package enum PeerHealthText {
  package static let limit = 1 << 20

  package static func encode(_ health: [Host: PeerHealth]) -> [UInt8] {
    let lines = health.filter { $0.value.failures > 0 }.sorted { $0.key < $1.key }
      .map { "\($0.key) \($0.value.failures) \($0.value.nextTry)\n" }
    return Array(lines.joined().utf8)
  }

  package static func decode(_ bytes: [UInt8]) -> [Host: PeerHealth] {
    var health: [Host: PeerHealth] = [:]
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n").prefix(65_536) {
      let parts = line.split(separator: " ")
      guard parts.count == 3, let host = try? Host(validating: parts[0]),
        let failures = Int(parts[1]), (1...30).contains(failures), let next = Int64(parts[2])
      else { continue }
      health[host] = PeerHealth(failures: failures, nextTry: next)
    }
    return health
  }
}
