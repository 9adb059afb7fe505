import Mesh
import MeshCrypto
import TestSupport
import Testing

@testable import MeshHost

/// A sync while another process of the same account runs one too.
@Suite struct SyncExchangeTests {
  /// Two syncs at once: the chain of keys is news to the first one only, but both have to accept the slice that
  /// follows it.
  @Test func aKeyThatAnotherProcessJustLearntCountsHereToo() async throws {
    try await Sandbox.with { sandbox in
      try Files.makeDirectory(sandbox.home + "/.agents")
      try Files.write(sandbox.home + "/.agents/self.conf", "alice\n")
      try Files.write(sandbox.home + "/.agents/peers.conf", "bob\n")
      let site = try Site(Environment(["HOME": sandbox.home]))
      try KeyStore(site.home).initialise(host: site.host)
      let bob = try Host(validating: "bob")
      let old = try SigningKey.generate()
      let new = try SigningKey.generate()
      _ = try PinStore(site.home).pin(
        old.publicKey, for: bob, how: "test", at: site.now, replacing: false)
      let trusted = try PinStore(site.home).trusted(try KeyStore(site.home).identity(site.host))

      var chain = KeyChain()
      chain.add(SignedRotation(host: bob, from: old, to: new, at: site.now))
      let slice = Slice(
        host: bob, serial: site.now.milliseconds, issued: site.now,
        expires: Timestamp(milliseconds: site.now.milliseconds + 86_400_000),
        signKey: new.publicKey.openSSH, sealKey: "v3IoVdnKXhCRtZYHBP+vSaLEAX5d/X8ktHX+tcwtnUY=",
        agents: [])
      let signed = SignedSlice(slice, by: new)
      let lines = [
        Array((SyncLine.chain(bob, length: chain.bytes.count).text + "\n").utf8), chain.bytes,
        Array(
          (SyncLine.slice(
            bob, length: signed.bytes.count, signature: signed.signature.count
          ).text + "\n").utf8), signed.bytes, signed.signature,
      ]
      let exchange = try SyncExchange(site, trusted)
      // Meanwhile, in another process:
      #expect(try !KeyNews(site).take(chain, of: bob, trusted).isEmpty)
      var incoming = Incoming(MemorySource(lines.flatMap(\.self)))
      var report = SyncReport()
      _ = try exchange.takeSlices(&incoming, &report, until: .now + .seconds(5))
      #expect(report.taken == [bob] && report.notices.isEmpty, "\(report)")
    }
  }
}
