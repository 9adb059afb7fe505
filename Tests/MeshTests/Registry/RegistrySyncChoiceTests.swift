import Mesh
import TestSupport
import Testing

@Suite struct RegistrySyncChoiceTests {
  private static func peers(_ count: Int, hubs: Int = 0) throws -> [Peer] {
    try (0..<count).map { number in
      Peer(host: try Host(validating: "h\(number)"), sshAlias: "h\(number)", hub: number < hubs)
    }
  }

  private static func choose(
    _ peers: [Peer], _ occasion: SyncChoice.Occasion, _ health: [Host: PeerHealth] = [:],
    now: Int64 = 1_000_000, seed: UInt64 = 7
  ) -> [Peer] {
    var random = SeededGenerator(seed: seed)
    return SyncChoice.peers(peers, occasion, health: health, now: now, using: &random)
  }

  @Test(arguments: [0, 1, 19, 20])
  func aChangeGoesToEverybodyUpToTwenty(_ count: Int) throws {
    let peers = try Self.peers(count)
    #expect(Set(Self.choose(peers, .push).map(\.host)) == Set(peers.map(\.host)))
  }

  @Test func beyondThatItGoesToThreeAndTheHubs() throws {
    let peers = try Self.peers(100, hubs: 2)
    let chosen = Self.choose(peers, .push)
    #expect(chosen.filter(\.hub).count == 2)
    #expect(chosen.filter { !$0.hub }.count == 3)
  }

  @Test func aRoundAsksTwoAndAHub() throws {
    for seed in 0..<50 {
      let chosen = Self.choose(try Self.peers(30, hubs: 3), .round, seed: UInt64(seed))
      #expect(chosen.filter(\.hub).count == 1)
      #expect(chosen.filter { !$0.hub }.count == 2)
      #expect(Set(chosen.map(\.host)).count == 3)
    }
  }

  @Test func theDeadComeLastAndRestUnlessAPersonAsks() throws {
    let peers = try Self.peers(10)
    var health: [Host: PeerHealth] = [:]
    health[peers[3].host] = PeerHealth(failures: 2, nextTry: 0)
    health[peers[4].host] = PeerHealth(failures: 1, nextTry: 2_000_000)
    let pushed = Self.choose(peers, .push, health)
    #expect(pushed.last?.host == peers[3].host)
    #expect(!pushed.contains { $0.host == peers[4].host })
    let asked = Self.choose(peers, .asked, health)
    #expect(asked.suffix(2).map(\.host) == [peers[4].host, peers[3].host])
  }

  @Test func pausesGrowToAnHourAndNeverOverflow() {
    var health = PeerHealth()
    var before: Int64 = 0
    for _ in 0..<100 {
      health.failed(at: 0)
      #expect(health.nextTry >= before)
      #expect(health.nextTry <= PeerHealth.longestPause)
      before = health.nextTry
    }
    #expect(before == PeerHealth.longestPause)
  }

  @Test func healthIsKeptAndJunkIsForgotten() throws {
    let host = try Host(validating: "h1")
    let health = [host: PeerHealth(failures: 3, nextTry: 99)]
    #expect(PeerHealthText.decode(PeerHealthText.encode(health)) == health)
    #expect(PeerHealthText.decode(Array("h1 x 3\n-h 1 1\nh2 1\n\u{0}\n".utf8)).isEmpty)
  }

  /// All hosts know a change after a few rounds with two partners each,
  /// although some hosts are dead.
  @Test(arguments: [20, 100, 1000])
  func gossipReachesAll(_ count: Int) throws {
    let peers = try Self.peers(count)
    var random = SeededGenerator(seed: 11)
    let dead = Set(peers.shuffled(using: &random).prefix(count / 5).map(\.host))
    var knows: Set<Host> = [try #require(peers.first { !dead.contains($0.host) }).host]
    var rounds = 0
    while knows.count < count - dead.count, rounds < 20 {
      rounds += 1
      for peer in peers where !dead.contains(peer.host) {
        let others = peers.filter { $0.host != peer.host }
        let chosen = SyncChoice.peers(
          others, .round, health: [:], now: 0, using: &random)
        for other in chosen where !dead.contains(other.host) {
          // A session is a push and a pull.
          if knows.contains(peer.host) || knows.contains(other.host) {
            knows.formUnion([peer.host, other.host])
          }
        }
      }
    }
    #expect(knows.count == count - dead.count)
    #expect(rounds <= 9)
  }

  /// A push that failed with some peers retries these, also those in a pause, but not those that
  /// seem to be down.
  @Test func whatAPushCouldNotHandOverIsTriedAgain() throws {
    let peers = try ["a", "b", "c", "d"].map {
      Peer(host: try Host(validating: $0), sshAlias: $0, hub: false)
    }
    var health: [Host: PeerHealth] = [:]
    health[peers[1].host] = PeerHealth(failures: 1, nextTry: 1_000_000)
    health[peers[2].host] = PeerHealth(failures: 9, nextTry: 1_000_000)
    let untold = SyncChoice.untold(
      peers, tried: [peers[0].host, peers[3].host], told: [peers[0].host], health: health)
    #expect(untold.map(\.host.name) == ["b", "d"])
    // Any contact by a peer ends its pause.
    health[peers[2].host]?.heard()
    #expect(health[peers[2].host]?.nextTry == 0)
  }
}
