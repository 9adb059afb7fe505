import Mesh
import MeshCrypto
import Testing

/// Values that one line of a statement must not have.
struct WrongValues: Sendable, CustomTestStringConvertible {
  let key: String
  let values: [String]

  init(_ key: String, _ values: [String]) { (self.key, self.values) = (key, values) }

  var testDescription: String { key }
}

@Suite("Statements: one regular form a value")
struct EnvelopeFieldTests {
  private static func parse(_ key: String, _ value: String) -> FormError? {
    let statement = (try? Sample.statement()).map(\.bytes) ?? []
    let start = Array("\(key): ".utf8)
    var bytes: [UInt8] = []
    for line in statement.split(separator: 10) {
      bytes += line.starts(with: start) ? start + Array(value.utf8) : Array(line)
      bytes.append(10)
    }
    return thrown { () throws(FormError) in try Statement(validating: bytes) }
  }

  private static let fingerprint = Sample.fingerprint(9)
  private static let digits = String(repeating: "0123456789abcdef", count: 4)
  private static let badAddresses = [
    "-hub", "hub_x", "Hub-x", "hub x", "hub/x", "hub..1", "hub.1.2", "hub.", "hub~", "hub.x",
    "hub~x", "hub.1~2", "hub~2~3", ".1", "~2", "*", "hub-*", "@self", "hub:x", "hub.12345",
    "hub~12345", String(repeating: "a", count: 161), "hub.-1", "hub.+1", "hub.01", "hub~0",
    "hub~1", "hub~02",
  ]
  private static let badTimes = [
    "2026-11-22T07:31:39Z", "2026-11-22T07:31:39.12Z", "2026-11-22T07:31:39.1200Z",
    "2026-11-22T07:31:39.120z", "2026-11-22t07:31:39.120Z", "2026-11-22 07:31:39.120Z",
    "2026-11-22T07:31:39.120+00:00", "2026-11-22T07:31:39,120Z", "2026-11-22T07:31:39.120",
    "20261122T073139.120Z", "1795332699120", "2026-13-22T07:31:39.120Z", "2026-02-29T07:31:39.120Z",
    "2026-11-31T07:31:39.120Z", "2026-11-22T24:00:00.000Z", "2026-11-22T07:60:39.120Z",
    "2026-11-22T07:31:60.000Z", "2026-00-22T07:31:39.120Z", "2026-11-00T07:31:39.120Z",
    "1969-12-31T23:59:59.999Z", "02026-11-22T07:31:39.120Z", "-026-11-22T07:31:39.120Z",
    "2026-W47-7T07:31:39.120Z", "now", "-", "2026-11-22T07:31:39.120Z2026-11-22T07:31:39.120Z",
  ]

  static let wrong = [
    WrongValues("kind", ["-", "Message", "MESSAGE", "messages", "msg", "message,file", "receipt"]),
    WrongValues(
      "id",
      [
        "-", "a4dqobyha4dqobyha4dqobyha", "a4dqobyha4dqobyha4dqobyha4a",
        "a4dqobyha4dqobyha4dqobyha5", "a4dqobyha4dqobyha4dqobyha7", "A4DQOBYHA4DQOBYHA4DQOBYHA4",
        "a4dqobyha4dqobyha4dqobyh04", "a4dqobyha4dqobyha4dqobyh14", "a4dqobyha4dqobyha4dqobyh84",
        "a4dqobyha4dqobyha4dqobyha=", "a4dqobyha4dqobyha4dqobyha4======",
        "../../../../../../etc/passwd",
        "a4dqobyha4dqobyha4dqobyh-4", "07070707070707070707070707070707",
      ]),
    WrongValues("from", badAddresses + ["-"]),
    WrongValues(
      "from-host",
      [
        "-", "-hub", "Hub", "hub.1", "hub~2", "hub_x", "hub x", "*", "hub*", "@self",
        String(repeating: "a", count: 64), "hub/", "hub,worker",
      ]),
    WrongValues("to", badAddresses + ["-"]),
    WrongValues("to-host", ["-", "-hub", "Hub", "hub.1", String(repeating: "a", count: 64)]),
    WrongValues(
      "to-key",
      [
        "-", String(fingerprint.dropLast()), fingerprint + "=", fingerprint + "A",
        fingerprint.dropLast() + "l", fingerprint.dropLast() + "=",
        String(fingerprint.dropFirst(7)),
        fingerprint.replacing("SHA256", with: "sha256"),
        fingerprint.replacing("SHA256", with: "SHA512"),
        fingerprint.replacing("SHA256:", with: "SHA256: "), fingerprint.replacing("CQ", with: "C-"),
        fingerprint.replacing("CQ", with: "C_"), "SHA256:", "MD5:" + digits.prefix(32), digits,
      ]),
    WrongValues("time", badTimes), WrongValues("expires", badTimes),
    WrongValues("reply-to", badAddresses + ["--"]),
    WrongValues(
      "in-reply-to", ["--", "none", "a4dqobyha4dqobyha4dqobyha", "a4dqobyha4dqobyha4dqobyha5"]),
    WrongValues(
      "options",
      [
        "--", "none", "queue,force", "notify,queue", "wait=5,queue", "notify,wait=5", "force,force",
        "wait=5,wait=5", "wait=5,wait=6", "force,", ",force", "force,,queue", "force, queue",
        "force;queue", "force queue", "FORCE", "-,force", "force,-", "wait", "wait=", "wait=0",
        "wait=-5", "wait=+5", "wait=05", "wait=5s", "wait=5.0", "wait=3601",
        "wait=99999999999999999999",
        "wait=0x5", "force=1", "urgent", ",", "force\\,queue",
      ]),
    WrongValues("seal", ["-", "None", "box", "box2", "box1,none", "1"]),
    WrongValues(
      "length",
      [
        "-", "-1", "+1", "01", "00", "1.0", "1e3", "0x10", "1_000", "1,000", "10000000000000",
        "99999999999999999999999", "1 ", "NaN",
      ]),
    WrongValues(
      "digest",
      [
        digits.uppercased(), String(digits.dropLast()), digits + "0", "0x" + digits.dropLast(2),
        digits.dropLast() + "g", digits.dropLast() + " ", "--", "blake2b:" + digits,
      ]),
  ]

  @Test("Other forms of a value are refused, and the key is named", arguments: wrong)
  func refused(fault: WrongValues) {
    for value in fault.values {
      let error = Self.parse(fault.key, value)
      let isExpected =
        error == .value(fault.key)
      #expect(isExpected, "\(value): \(String(describing: error))")
    }
  }

  static let right = [
    WrongValues("from", ["hub", "0", "hub-", "hub--x", "hub.0", "hub~2", "hub~2.9999", "hub-a.0"]),
    WrongValues("from-host", ["0", "a-", "a--b", String(repeating: "a", count: 63)]),
    WrongValues("to-key", [fingerprint, Sample.fingerprint(0), Sample.fingerprint(255)]),
    WrongValues(
      "time", ["1970-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z", "2028-02-29T23:59:59.999Z"]),
    WrongValues("reply-to", ["-", "hub", "worker-1-foo.1"]),
    WrongValues(
      "in-reply-to", ["-", "aaaaaaaaaaaaaaaaaaaaaaaaaa", "777777777777777777777777" + "74"]),
    WrongValues(
      "options",
      [
        "-", "force", "queue", "notify", "wait=1", "wait=3600", "force,queue,wait=30,notify",
        "force,notify",
      ]),
    WrongValues("seal", ["none", "box1"]), WrongValues("length", ["0", "1", "9999999999999"]),
    WrongValues("digest", [digits]),
  ]

  @Test("The regular forms are taken", arguments: right)
  func taken(form: WrongValues) {
    for value in form.values { #expect(Self.parse(form.key, value) == nil, "\(value)") }
  }

  @Test("Only a plain file has no digest, and only a plain file may have a name")
  func kinds() throws {
    for kind in Kind.allCases {
      for seal in Sealing.allCases {
        for (name, digest) in [
          (nil, nil), (nil, Self.digits), ("a.txt", nil), ("a.txt", Self.digits),
        ] {
          var statement = try Sample.statement()
          (statement.kind, statement.seal, statement.digest) = (kind, seal, digest)
          statement.name = try name.map { name throws(FormError) in try EncodedName(encoding: name)
          }
          let isPlainFile = kind == .file && seal == .none
          let isRight = isPlainFile ? digest == nil : digest != nil && name == nil
          let bytes = statement.bytes
          let error = thrown { () throws(FormError) in try Statement(validating: bytes) }
          #expect((error == nil) == isRight, "\(kind) \(seal) \(name ?? "-") \(digest ?? "-")")
        }
      }
    }
  }
}
