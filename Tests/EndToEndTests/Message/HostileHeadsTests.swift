import Mesh
import MeshCrypto
import TestSupport
import Testing

/// Heads with a single fault, signed with a pinned key all the same. Each row is a fault and the receiver's
/// answer; nothing is typed in any case.
@Suite struct HostileHeadsTests {
  /// How a statement's lines are changed before signing.
  enum Fault: Sendable {
    case set(String, String)
    case drop(String)
    case double(String)
    /// The line is moved after the next one.
    case late(String)
    case replace(String, with: String)
    case append(String)
  }

  private static let none = "no receipt, 6"
  private static let keys = [
    "kind", "id", "from", "from-host", "to", "to-host", "to-key", "time", "expires", "reply-to",
    "in-reply-to", "options", "seal", "name", "length", "digest",
  ]

  /// Faults of form: with each of them the bytes are not an envelope.
  private static var forms: [Fault] {
    var faults: [Fault] = [
      .append("extra: x\n"), .append("\n"), .append("x"), .append("\0"),
      .append(String(repeating: "x", count: 5000)), .replace("\n", with: "\r\n"),
      .replace("kind", with: "Kind"), .replace("kind", with: "\u{FEFF}kind"),
      .replace("seal: none", with: "seal: n\0ne"), .replace("seal: none", with: "seal: none "),
      .replace("options: -", with: "options: \u{1B}[2J"),
    ]
    for key in keys {
      faults += [.drop(key), .double(key), .set(key, ""), .replace("\(key): ", with: "\(key):")]
      faults.append(.replace("\(key): ", with: "\(key):\t"))
    }
    for key in keys.dropLast() { faults.append(.late(key)) }
    return faults
  }

  private static let values: [(String, String, String)] = [
    ("kind", "Message", none), ("kind", "messages", none), ("kind", "file", none),
    ("kind", "status", "not-authentic malformed"),
    ("id", "aaaaaaaaaaaaaaaaaaaaaaaaa", none), ("id", "aaaaaaaaaaaaaaaaaaaaaaaaaaa", none),
    ("id", "AAAAAAAAAAAAAAAAAAAAAAAAAA", none), ("id", "aaaaaaaaaaaaaaaaaaaaaaaaab", none),
    ("id", "aaaaaaaaaaaaaaaaaaaaaaaa18", none), ("id", "../../../../../etc/passwd0", none),
    ("from", "hub-main-first", "not-authentic spoofed"), ("from", "hub", "not-authentic spoofed"),
    ("from", "farther", "not-authentic spoofed"), ("from", "FAR-a", none),
    ("from", "far-a b", none), ("from", "far-a/../x", none), ("from", "-", none),
    ("from", "far-a;id", none), ("from", "far-a$(id)", none), ("from", "far-#{pid}", none),
    ("from", "far-\u{430}", none), ("from", "far-" + String(repeating: "a", count: 400), none),
    ("from-host", "hub", "not-authentic key-changed"),
    ("from-host", "nobody", "not-set-up unpinned"),
    ("from-host", "Far", none), ("from-host", "far.", none), ("from-host", "far/..", none),
    ("from-host", "-far", none), ("from-host", String(repeating: "a", count: 64), none),
    ("to", "hub-main-nothing", "unknown-agent -"), ("to", "hub-main-sink.99", "unknown-agent -"),
    ("to", "hub-main-sink~9", "unknown-agent -"), ("to", "hub main", none), ("to", "%1", none),
    ("to", "=main:sink", none), ("to", "hub-main-sink\u{200B}", none),
    ("to-host", "other", "unknown-agent -"), ("to-host", "HUB", none), ("to-host", "-", none),
    ("to-key", "SHA256:", none), ("to-key", "SHA256:AAAA", none), ("to-key", "-", none),
    ("to-key", "MD5:" + String(repeating: "A", count: 43), none),
    ("to-key", "SHA256:" + String(repeating: "A", count: 43), "not-authentic key-changed"),
    ("to-key", "SHA256:" + String(repeating: "A", count: 42) + "=", none),
    ("to-key", "SHA256:" + String(repeating: "A", count: 42) + "B", none),
    ("time", "2026-11-22 07:31:39.120Z", none), ("time", "2026-11-22T07:31:39Z", none),
    ("time", "2026-11-22T07:31:39.120z", none), ("time", "2026-13-01T00:00:00.000Z", none),
    ("time", "2026-02-30T00:00:00.000Z", none), ("time", "2026-02-01T00:00:60.000Z", none),
    ("time", "2026-02-01T24:00:00.000Z", none), ("time", "12026-02-01T00:00:00.000Z", none),
    ("time", "-026-02-01T00:00:00.000Z", none), ("time", "now", none),
    ("time", "1970-01-01T00:00:00.000Z", "not-authentic malformed"),
    ("time", "9999-12-31T23:59:59.999Z", "not-authentic malformed"),
    ("expires", "9999-12-31T23:59:59.999Z", "not-authentic malformed"),
    ("expires", "1970-01-01T00:00:00.000Z", "not-authentic malformed"), ("expires", "-", none),
    ("reply-to", "x y", none), ("reply-to", "--", none), ("reply-to", "#{pane_id}", none),
    ("in-reply-to", "x", none), ("in-reply-to", "AAAAAAAAAAAAAAAAAAAAAAAAAA", none),
    ("options", "force,force", none), ("options", "queue,force", none), ("options", "FORCE", none),
    ("options", "force,,queue", none), ("options", "force ", none), ("options", "exec=id", none),
    ("options", "wait=0", none), ("options", "wait=3601", none), ("options", "wait=-1", none),
    ("options", "wait=01", none), ("options", "wait=1e3", none), ("options", "wait=", none),
    ("options", "wait=99999999999999999999", none), ("options", "notify,queue", none),
    ("seal", "box2", none), ("seal", "None", none), ("seal", "box1", "not-authentic malformed"),
    ("name", "x", none), ("name", "%2e%2e", none), ("name", "%", none),
    ("length", "05", none), ("length", "-5", none), ("length", "+5", none), ("length", "5.0", none),
    ("length", "0x5", none), ("length", "4", none), ("length", "99999999999999", none),
    ("digest", "-", none), ("digest", String(repeating: "0", count: 63), none),
    ("digest", String(repeating: "A", count: 64), none),
    ("digest", String(repeating: "g", count: 64), none),
    ("digest", String(repeating: "0", count: 64), "not-authentic digest"),
  ]

  @Test func oneFaultEach() async throws {
    try await LocalBadInputTests.with { mesh, far, cat in
      var rows = Self.forms.map { ($0, Self.none) }
      for (key, value, verdict) in Self.values { rows.append((.set(key, value), verdict)) }
      #expect(rows.count > 150)
      for (fault, verdict) in rows {
        let letter = try LocalBadInputTests.letter(mesh, far)
        let statement = try Self.changed(letter.statementBytes, by: fault)
        let signature = SSHSignature.make(
          over: statement, namespace: letter.namespace, by: far.key)
        let preamble = Preamble(
          statement: statement.count, signature: signature.count, payload: letter.body.count)
        let bytes = preamble.bytes + statement + signature + letter.body
        let ran = try await mesh.run("agent-register-hook", ["deliver"], stdin: bytes)
        #expect(try Self.verdict(of: ran) == verdict, "\(fault): \(ran)")
      }
      #expect(cat.text.isEmpty)
      let good = try await mesh.deliver(try LocalBadInputTests.letter(mesh, far), by: far)
      #expect(good.verdict == "submitted -", "\(good.ran)")
      #expect(try await cat.wait().count == 1)
    }
  }

  private static func verdict(of ran: Ran) throws -> String {
    guard let start = ran.out.firstRange(of: Array("AMSR1 ".utf8))?.lowerBound else {
      return "no receipt, \(ran.status)"
    }
    let receipt = try SignedReceipt(framed: Array(ran.out[start...])).unverified
    guard let end = receipt?.disposition else { return "a receipt that does not parse" }
    return "\(end.outcome.rawValue) \(end.reason.rawValue)"
  }

  private static func changed(_ bytes: [UInt8], by fault: Fault) throws -> [UInt8] {
    let text = String(decoding: bytes, as: UTF8.self)
    var lines = text.split(separator: "\n").map { $0 + "\n" }
    func index(_ key: String) throws -> Int {
      try #require(lines.firstIndex { $0.hasPrefix(key + ": ") })
    }
    switch fault {
    case .set(let key, let value): lines[try index(key)] = "\(key): \(value)\n"
    case .drop(let key): lines.remove(at: try index(key))
    case .double(let key): lines.insert(lines[try index(key)], at: try index(key))
    case .late(let key): lines.swapAt(try index(key), try index(key) + 1)
    case .replace(let old, let new): return Array(text.replacing(old, with: new).utf8)
    case .append(let more): return bytes + Array(more.utf8)
    }
    return Array(lines.joined().utf8)
  }
}
