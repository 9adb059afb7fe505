import Mesh
import TestSupport
import Testing

/// One hash instead of the list may save bytes, but must never hide a difference.
@Suite struct RegistrySyncRootTests {
  private static let hash = String(repeating: "5", count: 64)

  @Test func linesSurvive() {
    for line in [SyncLine.root(hosts: 41, hash: Self.hash), .differs] {
      #expect(SyncLine(Array(line.text.utf8)) == line)
    }
    for bad in [
      "root", "root 41", "root 41 -", "root -1 \(Self.hash)", "root 041 \(Self.hash)",
      "root 41 \(Self.hash) x", "root 41 \(Self.hash.dropLast())", "root 9999999 \(Self.hash)",
      "root hub \(Self.hash)", "differs ", "differs 1",
    ] {
      #expect(SyncLine(Array(bad.utf8)) == nil, "\(bad)")
    }
  }

  private struct Side {
    var hosts: Set<Host>
    var have: SyncDigests
    var root: String { SyncRoot.hash(have, of: hosts) }
  }

  private static func side(_ random: inout SeededGenerator) throws -> Side {
    let hosts = try (0..<(21 + random.below(30))).map { try Host(validating: "h\($0)") }
    var have: SyncDigests = [:]
    for host in hosts where !random.chance(5) {
      have[host] = Ratchet.Entry(
        serial: Int64(random.below(5)), hash: random.text("0123456789abcdef", 64...64))
    }
    return Side(hosts: Set(hosts), have: have)
  }

  /// Any single difference that a list would show changes the root.
  @Test(arguments: 0..<20)
  func everyDifferenceShows(_ seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let one = try Self.side(&random)
    #expect(one.root == Side(hosts: Set(one.hosts.shuffled()), have: one.have).root)
    let host = try #require(one.hosts.sorted().randomElement(using: &random))
    let entry = one.have[host] ?? Ratchet.Entry(serial: 0, hash: "-")
    let other = String(entry.hash.reversed()) + "0"
    let changes: [(inout Side) -> Void] = [
      { $0.have[host] = Ratchet.Entry(serial: entry.serial + 1, hash: entry.hash) },
      { $0.have[host] = Ratchet.Entry(serial: entry.serial, hash: other) },
      { $0.hosts.remove(host) },
    ]
    for change in changes {
      var two = one
      change(&two)
      #expect(two.root != one.root)
    }
    // A host that is not asked about does not count, because its slice would not be sent.
    var more = one
    more.have[try Host(validating: "stranger")] = entry
    #expect(more.root == one.root)
  }

  /// If the roots are equal, the plan of both sides is empty, so skipping it loses nothing.
  @Test(arguments: 0..<50)
  func theSameRootIsNothingToDo(_ seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(100 + seed))
    let ours = try Self.side(&random)
    var theirs = ours
    for host in ours.hosts.sorted() where random.chance(40) { theirs.have[host] = nil }
    func said(_ side: Side) -> SyncDigests {
      var digests: SyncDigests = [:]
      for host in side.hosts {
        guard case .digest(_, let serial, let hash) = SyncRoot.line(side.have, of: host) else {
          continue
        }
        digests[host] = Ratchet.Entry(serial: serial, hash: hash)
      }
      return digests
    }
    let plan = SyncPlan.compare(ours: ours.have, theirs: said(theirs), wanted: ours.hosts)
    if ours.root == theirs.root {
      #expect(plan.give.isEmpty && plan.want.isEmpty)
    } else {
      #expect(ours.have != theirs.have)
    }
    let same = SyncPlan.compare(ours: ours.have, theirs: said(ours), wanted: ours.hosts)
    #expect(same.give.isEmpty && same.want.isEmpty)
  }
}
