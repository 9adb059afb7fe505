import Mesh
import MeshCrypto
import Testing

@Suite("Replay: step 9, and what opens behind it")
struct TrustReplayTests {
  enum Judgement: Equatable {
    case fresh, again([UInt8]), sealedAgain, interrupted, refused(Stop)
  }

  private static func counted(_ statement: Statement) throws -> Counted {
    let hub = try Signer("hub", seed: 1)
    let bytes = statement.bytes
    let me = try Host(validating: "worker-1")
    let trusted = TrustedKeys(pins: AllowedSigners([hub.pin]), revoked: RevokedKeys(), me: me)
    return try Received(statement: bytes, signature: hub.sign(bytes))
      .counted(with: trusted, at: statement.time)
  }

  private static func judge(
    _ statement: Statement, _ found: SeenRecord?, fromSpool: Bool = false, swept: Timestamp? = nil
  ) throws -> Judgement {
    let counted = try counted(statement)
    do throws(Stop) {
      switch try Replay.judge(counted, found: found, swept: swept, fromQueue: fromSpool) {
      case .fresh: return .fresh
      case .again(let record): return .again(record.receipt)
      case .sealedAgain: return .sealedAgain
      case .interrupted: return .interrupted
      }
    } catch { return .refused(error) }
  }

  private static func record(
    _ statement: Statement, _ state: SeenRecord.State, retry: Bool = false
  ) -> SeenRecord {
    SeenRecord(
      fingerprint: MessageFingerprint(statement), state: state, expires: statement.expires,
      receipt: [1, 2, 3], mayBeRetried: retry)
  }

  @Test("What is found decides")
  func table() throws {
    let statement = try Sample.statement()
    #expect(try Self.judge(statement, nil) == .fresh)
    for retry in [false, true] {
      #expect(try Self.judge(statement, Self.record(statement, .taken, retry: retry)) == .fresh)
      #expect(
        try Self.judge(statement, Self.record(statement, .typing, retry: retry)) == .interrupted)
    }
    #expect(try Self.judge(statement, Self.record(statement, .done)) == .again([1, 2, 3]))
    #expect(try Self.judge(statement, Self.record(statement, .done, retry: true)) == .fresh)
    #expect(try Self.judge(statement, Self.record(statement, .queued)) == .again([1, 2, 3]))
  }

  @Test("Out of the spool, what waits there is this message's own turn, once")
  func spool() throws {
    let statement = try Sample.statement()
    func judge(_ state: SeenRecord.State, retry: Bool) throws -> Judgement {
      try Self.judge(statement, Self.record(statement, state, retry: retry), fromSpool: true)
    }
    #expect(try Self.judge(statement, nil, fromSpool: true) == .fresh)
    for retry in [false, true] {
      #expect(try judge(.taken, retry: retry) == .fresh)
      #expect(try judge(.queued, retry: retry) == .fresh)
      #expect(try judge(.typing, retry: retry) == .interrupted)
      #expect(try judge(.done, retry: retry) == .again([1, 2, 3]))
    }
  }

  @Test("The same id for another message is refused in every state")
  func reused() throws {
    let statement = try Sample.statement()
    var others = [statement, statement, statement, statement]
    others[0].kind = .status
    others[1].to = try Address(validating: "worker-1-bar")
    others[2].digest = Digest.hex(Digest.blake2b256([]))
    others[3].length += 1
    for other in others {
      for state in [SeenRecord.State.taken, .queued, .typing, .done] {
        for (retry, fromSpool) in [(false, false), (true, false), (false, true), (true, true)] {
          let found = Self.record(other, state, retry: retry)
          #expect(try Self.judge(statement, found, fromSpool: fromSpool) == .refused(.idReused))
        }
      }
    }
  }

  @Test("Signed anew at another time it is the same message")
  func sameMessage() throws {
    let statement = try Sample.statement()
    var again = try Sample.statement(at: Timestamp(milliseconds: Sample.now.milliseconds + 5000))
    again.options = SendOptions(force: true, wait: 3)
    again.replyTo = try Address(validating: "hub-dev-other")
    #expect(try Self.judge(again, Self.record(statement, .done)) == .again([1, 2, 3]))
    var sealed = statement
    sealed.seal = .box1
    #expect(MessageFingerprint(sealed).digest == "-")
    #expect(try Self.judge(sealed, Self.record(statement, .done)) == .refused(.idReused))
  }

  @Test("A sealed message that comes again is opened to tell whether it is the same")
  func sealedAgain() throws {
    var sealed = try Sample.statement()
    sealed.seal = .box1
    var record = Self.record(sealed, .done)
    #expect(try Self.judge(sealed, record) == .again([1, 2, 3]))
    let digest = Digest.hex(Digest.blake2b256([1]))
    record.fingerprint = MessageFingerprint(sealed, opened: digest)
    #expect(record.fingerprint.isOf(opened: digest) && !record.fingerprint.isOf(opened: ""))
    for state in [SeenRecord.State.queued, .done] {
      record.state = state
      #expect(try Self.judge(sealed, record) == .sealedAgain)
    }
    // What comes out of the spool is the message of the record.
    #expect(try Self.judge(sealed, record, fromSpool: true) == .again([1, 2, 3]))
    record.state = .typing
    #expect(try Self.judge(sealed, record) == .interrupted)
    #expect(try Self.judge(try Sample.statement(), record) == .refused(.idReused))
    var longer = sealed
    longer.length += 1
    #expect(try Self.judge(longer, record) == .refused(.idReused))
    // A file is not read a second time for comparison.
    sealed.kind = .file
    record.fingerprint.kind = .file
    record.state = .done
    #expect(try Self.judge(sealed, record) == .again([1, 2, 3]))
  }

  @Test("What is as old as what was swept is not new, though its record is gone")
  func forgotten() throws {
    let statement = try Sample.statement()
    let end = statement.expires
    let before = Timestamp(milliseconds: end.milliseconds - 1)
    #expect(try Self.judge(statement, nil, swept: before) == .fresh)
    #expect(try Self.judge(statement, nil, swept: end) == .refused(.forgotten))
    #expect(
      try Self.judge(statement, Self.record(statement, .taken), swept: end) == .refused(.forgotten))
    #expect(
      try Self.judge(statement, Self.record(statement, .done), swept: end) == .again([1, 2, 3]))
    #expect(try Self.judge(statement, Self.record(statement, .typing), swept: end) == .interrupted)
  }

  // MARK: - Tickets

  /// - Parameter host: whom the address is taken to belong to; the statement's own host by default.
  private static func decision(
    for statement: Statement, host: Host? = nil, seed: UInt8 = 1
  ) throws -> AccessDecision {
    let ruling = Access.judge(
      .init(
        address: statement.from, host: host ?? statement.fromHost,
        keyFingerprint: try Signer("hub", seed: seed).publicKey.fingerprint, isSelf: false),
      levels: AllowLevels(pane: "@mesh"), hosts: [host ?? statement.fromHost])
    guard case .admitted(let decision) = ruling else { throw BadHex() }
    return decision
  }

  private static func ticket(_ statement: Statement) throws -> ReplayTicket {
    guard case .fresh(let ticket) = try Replay.judge(try counted(statement), found: nil, swept: nil)
    else {
      throw BadHex()
    }
    return ticket
  }

  @Test("A ticket serves for its own message only")
  func tickets() throws {
    let statement = try Sample.statement()
    let authorised = try Self.counted(statement).authorised(
      by: Self.decision(for: statement), requireSeal: .never, Self.ticket(statement))
    #expect(authorised.statement == statement)
    var others = [statement, statement]
    others[0].id = try Sample.id(8)
    // The same id, but another message.
    others[1].to = try Address(validating: "worker-1-bar")
    for other in others {
      let error = refusal(
        try Self.counted(statement), try Self.decision(for: statement), try Self.ticket(other))
      #expect(error == .idReused)
    }
  }

  @Test("A decision serves for its own sender only")
  func decisions() throws {
    let statement = try Sample.statement()
    for decision in [
      try Self.decision(for: try Sample.statement(from: "hub-dev-review")),
      try Self.decision(for: statement, host: try Host(validating: "hub-dev")),
      try Self.decision(for: statement, seed: 9),
    ] {
      let error = refusal(try Self.counted(statement), decision, try Self.ticket(statement))
      #expect(error == .idReused)
    }
  }

  @Test("What has to be sealed is not authorised plain, whoever is admitted")
  func sealRequired() throws {
    let statement = try Sample.statement()
    var sealed = statement
    sealed.seal = .box1
    func error(_ statement: Statement, _ rule: Policy.SealRule) throws -> Stop? {
      refusal(
        try Self.counted(statement), try Self.decision(for: statement),
        try Self.ticket(statement), requireSeal: rule)
    }
    for rule in [Policy.SealRule.always, .peers([statement.fromHost])] {
      #expect(try error(statement, rule) == .sealRequired)
      #expect(try error(sealed, rule) == nil)
    }
    for rule in [Policy.SealRule.never, .peers([statement.toHost])] {
      #expect(try error(statement, rule) == nil)
    }
  }

  @Test("Opened is only what was promised: length, digest, text")
  func opened() throws {
    func open(_ body: [UInt8], promised: [UInt8]? = nil) throws -> Stop? {
      var statement = try Sample.statement()
      let promised = promised ?? body
      statement.length = promised.count
      statement.digest = Digest.hex(Digest.blake2b256(promised))
      let authorised = try Self.counted(statement).authorised(
        by: Self.decision(for: statement), requireSeal: .never, Self.ticket(statement))
      return refusal(authorised, payload: body)
    }
    let body = Array("tests green".utf8)
    #expect(try open(body) == nil)
    #expect(try open([]) == nil)
    #expect(try open(Array(body.dropLast()), promised: body) == .truncated)
    #expect(try open(body + [10], promised: body) == .truncated)
    #expect(try open(body.reversed(), promised: body) == .digest)
    #expect(try open([0xFF]) == .text)
    #expect(try open([UInt8](repeating: 97, count: 65_536)) == nil)
  }
}
