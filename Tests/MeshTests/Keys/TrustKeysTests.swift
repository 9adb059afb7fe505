import Mesh
import MeshCrypto
import TestSupport
import Testing

@Suite("Which keys count, and which no longer do")
struct TrustKeysTests {
  let hub: Signer
  let worker: Signer
  let other: Signer

  init() throws {
    hub = try Signer("hub", seed: 1)
    worker = try Signer("worker-1", seed: 2)
    other = try Signer("other", seed: 3)
  }

  @Test("By host, namespace and time, in the file's order")
  func keys() throws {
    var old = hub.pin
    old.validBefore = Sample.now
    var narrow = Pin(host: hub.host, namespaces: [.slice], key: worker.publicKey, note: "x")
    narrow.validAfter = Sample.now
    let signers = AllowedSigners([old, other.pin, narrow])
    let before = Timestamp(milliseconds: Sample.now.milliseconds - 1)
    #expect(signers.keys(of: hub.host, for: .slice, at: before) == [hub.publicKey])
    #expect(signers.keys(of: hub.host, for: .slice, at: Sample.now) == [worker.publicKey])
    #expect(signers.keys(of: hub.host, for: .message, at: Sample.now) == [])
    #expect(signers.keys(of: worker.host, for: .message, at: before) == [])
    #expect(signers.pins(of: hub.host) == [old, narrow])
    #expect(signers.hosts == [hub.host, other.host])
  }

  @Test("Ending a key ends it for that host alone, and never prolongs it")
  func ending() {
    var signers = AllowedSigners([
      hub.pin, Pin(host: worker.host, key: hub.publicKey, note: "same key"), other.pin,
    ])
    let later = Timestamp(milliseconds: Sample.now.milliseconds + 60_000)
    signers.end(hub.publicKey, of: hub.host, at: Sample.now)
    signers.end(hub.publicKey, of: hub.host, at: later)
    signers.end(other.publicKey, of: hub.host, at: Sample.now)
    #expect(signers.keys(of: hub.host, for: .message, at: Sample.now) == [])
    #expect(signers.keys(of: worker.host, for: .message, at: later) == [hub.publicKey])
    #expect(signers.keys(of: other.host, for: .message, at: later) == [other.publicKey])
    signers.remove(worker.host)
    #expect(signers.hosts == [hub.host, other.host])
  }

  @Test("Hosts that share a key are found; one host with one key twice is none")
  func shared() throws {
    let now = Timestamp(milliseconds: 1_800_000_000_000)
    func found(_ signers: AllowedSigners, _ revoked: RevokedKeys = RevokedKeys()) -> [SharedKey] {
      signers.sharedKeys(besides: revoked, at: now)
    }
    #expect(found(AllowedSigners([hub.pin, hub.pin, worker.pin])).isEmpty)
    var signers = AllowedSigners([
      worker.pin, hub.pin, Pin(host: other.host, key: hub.publicKey, note: "x"), hub.pin,
      Pin(host: try Host(validating: "a"), key: worker.publicKey, note: "x"),
    ])
    let shared = found(signers)
    #expect(shared.map(\.key) == [worker.publicKey, hub.publicKey])
    #expect(shared.map { $0.hosts.map(\.name) } == [["a", "worker-1"], ["hub", "other"]])
    // Keys that are no longer valid do not count: a renamed host, a revoked key.
    let revoked = try RevokedKeys(validating: Array("\(worker.publicKey.openSSH)\n".utf8))
    #expect(found(signers, revoked).map(\.key) == [hub.publicKey])
    signers.end(hub.publicKey, of: other.host, at: Timestamp(milliseconds: 1_700_000_000_000))
    #expect(found(signers).map(\.key) == [worker.publicKey])
  }

  @Test("Revoked keys are read with and without comments")
  func revoked() throws {
    let text =
      "# since 2026\n\n\(hub.publicKey.openSSH)\n\(worker.publicKey.openSSH) lost a laptop\n"
    let revoked = try RevokedKeys(validating: Array(text.utf8))
    #expect(revoked.keys == [hub.publicKey, worker.publicKey])
    #expect(revoked.contains(hub.publicKey) && !revoked.contains(other.publicKey))
    #expect(try RevokedKeys(validating: []).keys.isEmpty)
    let last = Array(hub.publicKey.openSSH.utf8)
    #expect(try RevokedKeys(validating: last).contains(hub.publicKey))
  }

  @Test("A line that is not a key fails the whole file: nothing is authentic then")
  func badRevoked() {
    let key = hub.publicKey.openSSH
    let wrong = [
      "ssh-ed25519", key.dropLast() + "", "\(key)=", "\(key)\r",
      key.replacing("ssh-ed25519", with: "ssh-rsa"),
      "hub \(key)", key.replacing(" ", with: "\t"), "x", " ", "\u{0}", "\u{FEFF}\(key)",
      "namespaces=\"*\" \(key)", "SHA256:abc", "serial: 1",
    ]
    for line in wrong {
      let text = "\(worker.publicKey.openSSH)\n\(line)\n"
      #expect(throws: PinError.line(2, "an ssh-ed25519 key is wanted"), "\(line)") {
        try RevokedKeys(validating: Array(text.utf8))
      }
    }
    #expect(throws: PinError.self) { try RevokedKeys(validating: [0xFF, 0xFE]) }
  }

  @Test("Junk is refused without harm", arguments: 0..<4)
  func junk(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let good = Array(AllowedSigners([hub.pin, worker.pin]).bytes)
    for _ in 0..<400 {
      var bytes = random.chance(2) ? random.bytes(random.below(200)) : good
      if !bytes.isEmpty {
        bytes[random.below(bytes.count)] = random.pick(Array("\"=, \n-#a".utf8), else: 0)
      }
      if let taken = try? AllowedSigners(validating: bytes) {
        #expect((try? AllowedSigners(validating: taken.bytes)) == taken)
      }
      _ = try? RevokedKeys(validating: bytes)
    }
  }
}
