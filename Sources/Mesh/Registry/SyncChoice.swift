/// The record of a peer that could not be reached.
package struct PeerHealth: Equatable, Sendable {
  /// Failed sessions in a row.
  package var failures: Int
  /// Milliseconds since 1970. Before that, the peer is only asked if a person wants it.
  package var nextTry: Int64

  package init(failures: Int = 0, nextTry: Int64 = 0) {
    self.failures = failures
    self.nextTry = nextTry
  }

  /// The maximum pause before a dead peer is tried again, in milliseconds.
  package static let longestPause: Int64 = 3_600_000

  /// Counts a failure: the next try is in 30 s, then twice as long each time, up to an hour.
  package mutating func failed(at now: Int64) {
    failures = min(failures + 1, 30)
    let pause = min(PeerHealth.longestPause, 30_000 << Int64(min(failures - 1, 10)))
    nextTry = now + pause
  }

  /// The peer called us, so it is alive: try it at the next occasion, but after the
  /// peers that never failed.
  package mutating func heard() { nextTry = 0 }

  /// It failed so often that it is probably down, not busy.
  var isDown: Bool { failures > SyncChoice.retries.count }
}

/// Chooses the peers to sync with, and their order. `SyncRun` in MeshHost runs the sessions. Pure:
/// random numbers come from the caller's generator.
package enum SyncChoice {
  /// With up to this many peers, all are told of a change.
  package static let everybody = 20
  static let pushFanout = 3
  /// A push is retried after these pauses for peers that it did not reach: a host that is starting
  /// or overloaded is soon there.
  package static let retries: [Duration] = [.seconds(1), .seconds(5), .seconds(25)]
  static let roundFanout = 2

  package enum Occasion: Sendable {
    /// A person asks: sync with every peer.
    case asked
    /// Our slice has changed.
    case push
    /// The timer.
    case round
  }

  /// Live peers first, so that they never wait for a dead one.
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

  /// The peers that a push still has to tell: those it should have reached, including those that
  /// pause after a recent failure, but not those that seem to be down.
  /// - Parameter tried: the peers it tried. - Parameter told: the peers it reached.
  package static func untold(
    _ peers: [Peer], tried: Set<Host>, told: Set<Host>, health: [Host: PeerHealth]
  ) -> [Peer] {
    peers.filter { peer in
      let isMeant = peers.count <= everybody || tried.contains(peer.host)
      return isMeant && !told.contains(peer.host) && health[peer.host]?.isDown != true
    }
  }

  /// Whether most peers fail. Then probably we were cut off, and pauses of up to an hour would only
  /// delay us. When a mesh splits in two, the smaller part sees this.
  package static func isCutOff(_ peers: [Peer], _ health: [Host: PeerHealth]) -> Bool {
    peers.count { failures($0, health) > 0 } * 2 > peers.count
  }

  private static func failures(_ peer: Peer, _ health: [Host: PeerHealth]) -> Int {
    health[peer.host]?.failures ?? 0
  }

  /// Some peers that are not hubs, and one hub or all of them.
  private static func some(
    of due: [Peer], _ count: Int, everyHub: Bool, _ random: inout some RandomNumberGenerator
  ) -> [Peer] {
    let hubs = due.filter(\.hub)
    let others = due.filter { !$0.hub }.shuffled(using: &random).prefix(count)
    return others + (everyHub ? hubs : hubs.shuffled(using: &random).prefix(1).map { $0 })
  }
}

/// `state/peers`: a line for each peer that failed, `<host> <failures> <next try>`. It is only a
/// cache: lines that do not parse are dropped.
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
