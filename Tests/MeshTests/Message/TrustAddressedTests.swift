import MeshCrypto
import TestSupport
import Testing

@testable import Mesh

@Suite("Addressed, current, counted: steps 6 to 8")
struct TrustAddressedTests {
  private let hub: Signer
  private let trusted: TrustedKeys

  init() throws {
    hub = try Signer("hub", seed: 1)
    trusted = TrustedKeys(
      pins: AllowedSigners([hub.pin]), revoked: RevokedKeys(), me: try Host(validating: "worker-1"))
  }

  private func verified(_ statement: Statement) throws -> Verified {
    let bytes = statement.bytes
    return try Received(statement: bytes, signature: hub.sign(bytes))
      .verified(with: trusted, at: statement.time, peer: nil)
  }

  private func refused(_ statement: Statement, by me: (host: Host, keys: [String])) throws -> Stop?
  {
    let verified = try verified(statement)
    do {
      _ = try verified.addressed(to: me.host, keys: me.keys)
      return nil
    } catch { return error }
  }

  @Test("A message is for the host and the key that it names, whatever its kind")
  func addressed() throws {
    var statement = try Sample.statement()
    statement.inReplyTo = try Sample.id(3)
    let me = (host: statement.toHost, keys: [Sample.fingerprint(8), statement.toKey])
    let other = (host: try Host(validating: "worker-2"), keys: [statement.toKey])
    let rotated = (host: statement.toHost, keys: [Sample.fingerprint(8)])
    for kind in [Kind.message, .status] {
      statement.kind = kind
      #expect(try refused(statement, by: me) == nil)
      #expect(try refused(statement, by: other) == .anotherHost)
      #expect(try refused(statement, by: rotated) == .anotherKey(statement.toKey))
      #expect(
        try refused(statement, by: (host: statement.toHost, keys: []))
          == .anotherKey(statement.toKey))
    }
  }

  @Test("A message has 64 KiB, sealed or not; a file has its own limit")
  func lengths() throws {
    var statement = try Sample.statement()
    let me = (host: statement.toHost, keys: [statement.toKey])
    let sealed = SealedPayload.longest(plain: SafeText.limit)
    for (seal, limit) in [(Sealing.none, 65_536), (.box1, sealed)] {
      statement.seal = seal
      statement.length = limit
      #expect(try refused(statement, by: me) == nil)
      statement.length = limit + 1
      #expect(try refused(statement, by: me) == .tooLong)
    }
    statement.kind = .file
    #expect(try refused(statement, by: me) == nil)
  }

  private func current(_ statement: Statement) throws -> Current {
    let me = (host: statement.toHost, keys: [statement.toKey])
    return try verified(statement).addressed(to: me.host, keys: me.keys).current(
      at: statement.time, skew: 0)
  }

  @Test("A message that has expired, or that is from the future, is not current")
  func currentness() throws {
    let statement = try Sample.statement()
    let me = (host: statement.toHost, keys: [statement.toKey])
    func outcome(at now: Int64) throws -> Stop? {
      let addressed = try verified(statement).addressed(to: me.host, keys: me.keys)
      do {
        _ = try addressed.current(at: Timestamp(milliseconds: now), skew: 1000)
        return nil
      } catch { return error }
    }
    let (sent, end) = (statement.time.milliseconds, statement.expires.milliseconds)
    #expect(try outcome(at: sent) == nil)
    #expect(try outcome(at: sent - 1000) == nil)
    #expect(try outcome(at: sent - 1001) == .clock(ahead: 1001))
    #expect(try outcome(at: end + 100_000) == .stale(late: 100_000, clocks: end + 100_000 - sent))
  }

  private func rateError(
    _ statement: Statement, _ window: inout RateWindow, _ rate: Policy.Rate
  ) throws -> Stop? {
    let current = try current(statement)
    do {
      _ = try current.counted(in: &window, rate)
      return nil
    } catch { return error }
  }

  @Test("A host and each of its senders have so many a minute")
  func rate() throws {
    var window = RateWindow([], minute: 100)
    let rate = Policy.Rate(host: 5, sender: 3)
    let one = try Sample.statement(from: "hub-a")
    let two = try Sample.statement(from: "hub-b")
    for _ in 0..<3 { #expect(try rateError(one, &window, rate) == nil) }
    #expect(try rateError(one, &window, rate) == .rate)
    for _ in 0..<2 { #expect(try rateError(two, &window, rate) == nil) }
    #expect(try rateError(two, &window, rate) == .rate)
    // As stored: the window continues in the same minute and if the clock went back; the next
    // minute starts a new one.
    for (minute, error) in [
      (100, .rate), (99, .rate), (90, .rate), (101, nil), (89, nil),
    ]
      as [(Int64, Stop?)]
    {
      var kept = RateWindow(window.bytes, minute: minute)
      #expect(try rateError(two, &kept, rate) == error, "\(minute)")
    }
  }

  @Test(
    "A window that is not of its form is an empty one",
    arguments: [
      "", "\n", "100", "x 5", "100 x", "100 5 5", " ", "99 5", "111 5", "-1 5",
      "9223372036854775807 5",
    ])
  func damagedWindow(text: String) throws {
    var window = RateWindow(Array(text.utf8), minute: 100)
    let rate = Policy.Rate(host: 1, sender: 1)
    let statement = try Sample.statement()
    #expect(try rateError(statement, &window, rate) == nil)
    #expect(try rateError(statement, &window, rate) == .rate)
  }

  @Test("A question asks about a message, and nothing else asks")
  func questions() throws {
    func isRefused(_ change: (inout Statement) throws -> Void) throws -> Bool {
      var statement = try Sample.statement()
      (statement.kind, statement.inReplyTo) = (.status, try Sample.id(3))
      try change(&statement)
      var window = RateWindow([], minute: 100)
      let current = try current(statement)
      let counted = try current.counted(in: &window, Policy().rate)
      do {
        let question = try counted.question()
        #expect(question.about == statement.inReplyTo && question.host == statement.fromHost)
        return false
      } catch { return true }
    }
    #expect(try !isRefused { _ in })
    #expect(try isRefused { $0.kind = .message })
    #expect(try isRefused { $0.inReplyTo = nil })
  }

  @Test("What says that it need not be counted is believed only where that can be")
  func uncounted() throws {
    func own(_ statement: Statement) throws -> Stop? {
      let current = try current(statement)
      do {
        _ = try current.countedAsOwn()
        return nil
      } catch { return error }
    }
    func queued(_ statement: Statement) throws -> Stop? {
      let current = try current(statement)
      do {
        _ = try current.countedOnArrival()
        return nil
      } catch { return error }
    }
    var statement = try Sample.statement()
    #expect(try own(statement) == .notOwn)
    #expect(try queued(statement) == .notQueued)
    statement.options.queue = true
    #expect(try queued(statement) == nil)
    statement.kind = .status
    #expect(try queued(statement) == .notQueued)
    statement.toHost = statement.fromHost
    #expect(try own(statement) == nil)
  }
}
