import Mesh
import TestSupport
import Testing

/// What syncing costs with up to a thousand hosts: who calls whom, how often,
/// and with how many bytes.
@Suite struct RegistrySyncCostTests {
  /// A mesh in which every host knows all others; knowledge is one version per host.
  struct Mesh {
    let peers: [Peer]
    var random: SeededGenerator
    /// Which hosts have received the change.
    var knows: [Bool]
    var cut: Set<Int> = []
    var health: [[Host: PeerHealth]]
    var calls: [Int]
    var called: [Int]
    private let index: [Host: Int]

    init(_ count: Int, hubs: Int = 0, seed: UInt64 = 3) throws {
      peers = try (0..<count).map { number in
        let host = try Host(validating: "h\(number)")
        return Peer(host: host, sshAlias: host.name, hub: number < hubs)
      }
      random = SeededGenerator(seed: seed)
      knows = Array(repeating: false, count: count)
      health = Array(repeating: [:], count: count)
      calls = Array(repeating: 0, count: count)
      called = Array(repeating: 0, count: count)
      index = Dictionary(uniqueKeysWithValues: peers.enumerated().map { ($1.host, $0) })
    }

    func others(_ own: Int) -> [Peer] { peers.indices.filter { $0 != own }.map { peers[$0] } }

    mutating func sessions(_ own: Int, _ occasion: SyncChoice.Occasion, now: Int64 = 0) {
      let chosen = SyncChoice.peers(
        others(own), occasion, health: health[own], now: now, using: &random)
      for peer in chosen { meet(own, index[peer.host] ?? own, now) }
    }

    /// A session is a push and a pull; across a cut it fails.
    private mutating func meet(_ one: Int, _ two: Int, _ now: Int64) {
      calls[one] += 1
      guard cut.contains(one) == cut.contains(two) else {
        health[one][peers[two].host, default: PeerHealth()].failed(at: now)
        return
      }
      called[two] += 1
      health[one][peers[two].host] = nil
      health[two][peers[one].host]?.heard()
      if knows[one] || knows[two] { (knows[one], knows[two]) = (true, true) }
    }

    /// What the timer does on a host.
    mutating func round(_ own: Int, now: Int64 = 0) {
      let failed = health[own]
      let wasCutOff = SyncChoice.isCutOff(others(own), failed)
      sessions(own, .round, now: now)
      let isBack = failed.keys.contains { health[own][$0] == nil }
      if wasCutOff, isBack { sessions(own, peers.count > 20 ? .push : .asked, now: now) }
    }

    mutating func forget() {
      (calls, called) = (calls.map { _ in 0 }, called.map { _ in 0 })
    }
  }

  /// The number of sessions per host and round is the same for twenty hosts and for a thousand,
  /// with and without hubs.
  @Test(arguments: [(5, 1), (20, 1), (40, 2), (40, 0), (100, 3), (100, 0)])
  func sessionsOfARound(_ count: Int, _ hubs: Int) throws { try Self.simulate(count, hubs) }

  /// The numbers in the design: 2 sessions per host and round, 3 with hubs; all agree after 3
  /// rounds, and after 1 with hubs.
  @Test(
    .enabled(if: Soak.isOn, "a long run: ./soak.sh"),
    arguments: [(1000, 0), (1000, 10)])
  func soakAThousandHosts(_ count: Int, _ hubs: Int) throws { try Self.simulate(count, hubs) }

  private static func simulate(_ count: Int, _ hubs: Int) throws {
    var mesh = try Mesh(count, hubs: hubs)
    mesh.knows[count - 1] = true
    mesh.sessions(count - 1, .push)
    let pushed = mesh.calls[count - 1]
    var rounds = 0
    mesh.forget()
    while mesh.knows.contains(false), rounds < 20 {
      rounds += 1
      for own in mesh.peers.indices { mesh.round(own) }
    }
    let made = mesh.calls.max().map { Double($0) / Double(max(rounds, 1)) } ?? 0
    print(
      "\(count) hosts, \(hubs) hubs: push \(pushed) sessions, all agree after \(rounds) rounds, at most \(made) sessions a host and round made, \((mesh.called.max() ?? 0) / max(rounds, 1)) answered"
    )
    #expect(!mesh.knows.contains(false))
    #expect(rounds <= 7)
    #expect(made <= 3)
    #expect(pushed <= (count > 21 ? 3 + hubs : count - 1))
  }

  /// After a partition of any size and length, all agree once every host has had one round.
  @Test(arguments: [(20, 1), (20, 4), (20, 10), (5, 2), (2, 1)])
  func aPartitionIsHealedInOneRound(_ count: Int, _ away: Int) throws {
    for seed in 0..<4 {
      var mesh = try Mesh(count, seed: UInt64(seed))
      mesh.cut = Set(0..<away)
      var now: Int64 = 0
      for _ in 0..<20 {
        now += 300_000
        for own in mesh.peers.indices { mesh.round(own, now: now) }
      }
      // A change on either side during the partition must become known to all.
      for (index, isAway) in [(0, true), (count - 1, false)] {
        var healed = mesh
        healed.cut = []
        healed.knows = mesh.peers.indices.map { mesh.cut.contains($0) == isAway }
        #expect(healed.knows[index])
        for own in healed.peers.indices.shuffled(using: &healed.random) {
          healed.round(own, now: now + 1000)
        }
        #expect(!healed.knows.contains(false), "seed \(seed), away \(isAway)")
      }
    }
  }

  /// The bytes that a caller sends when nothing changed: with many hosts one
  /// line, whatever their number.
  @Test func bytesOfASessionStayTheSameBeyondTwenty() throws {
    func bytes(_ count: Int) throws -> Int {
      let hosts =
        try (0..<count).map { try Host(validating: "worker-\($0 % 10)") }.prefix(1)
        + (1..<count).map { try Host(validating: "worker-\(1000 + $0)") }
      var have: SyncDigests = [:]
      for host in hosts {
        have[host] = Ratchet.Entry(
          serial: 1_795_332_699_120, hash: String(repeating: "a", count: 64))
      }
      let lines =
        count > SyncRoot.few
        ? [SyncLine.root(hosts: count, hash: SyncRoot.hash(have, of: Set(hosts)))]
        : hosts.map { SyncRoot.line(have, of: $0) }
      return lines.map { $0.text.utf8.count + 1 }.reduce(0, +)
    }
    let sizes = try [5, 10, 20, 40, 1000].map(bytes)
    print("bytes of what a caller has, at 5, 10, 20, 40, 1000 hosts: \(sizes)")
    #expect(sizes[3] < sizes[0] && sizes[4] - sizes[3] <= 2)
  }
}
