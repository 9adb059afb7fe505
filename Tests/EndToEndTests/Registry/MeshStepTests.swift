import TestSupport
import Testing

/// Every step of a sync interrupted in every way: no registry is ever wrong, and the next sync repairs everything.
@Suite struct MeshStepTests {
  /// What happens to one sync that alice begins: words for `ssh` in alice's PATH, or in front of a program.
  enum Fault: Sendable, CustomTestStringConvertible {
    /// This many bytes from the caller arrive, then its input ends.
    case sent(Int)
    /// This many bytes of the answer arrive, then it ends.
    case answered(Int)
    /// This many bytes of the answer arrive, then ssh is killed.
    case cut(Int)
    /// The programs are killed after this many milliseconds.
    case callerKilled(Int), calledKilled(Int)
    /// The ratchet is written, but the slice cannot be.
    case noRoomForTheSlice
    /// The slice's signature exists, its text does not.
    case halfAPair

    var testDescription: String { "\(self)" }
  }

  static let once: [Fault] = [
    .sent(20), .sent(150), .sent(420), .answered(30), .answered(420), .answered(900), .cut(500),
    .callerKilled(60), .calledKilled(30), .noRoomForTheSlice, .halfAPair,
  ]

  @Test func onceEach() async throws {
    try await StepBench.with { bench in
      for fault in Self.once { try await bench.survives(fault) }
    }
  }

  @Test(
    .enabled(if: Soak.isOn, "a long run: ./soak.sh"))
  func soakTwentyTimesEach() async throws {
    try await StepBench.with { bench in
      for number in 0..<20 {
        for fault: Fault in [
          .sent(number * 40), .answered(number * 80), .cut(number * 80),
          .callerKilled(number * 15), .calledKilled(number * 8), .noRoomForTheSlice, .halfAPair,
        ] { try await bench.survives(fault) }
      }
    }
  }
}

/// Two accounts, both with a change before each sync.
struct StepBench {
  let mesh: TwoAccounts
  private let faults: String

  static func with(_ body: (StepBench) async throws -> Void) async throws {
    try await TwoAccounts.run { mesh in
      let faults = mesh.sandbox.path("faults")
      try Files.makeDirectory(faults)
      // Only the sync itself gets the fault: keys are pinned already, and other sessions must succeed.
      let ssh = """
        #!/bin/bash
        some() { dd bs=1 count="$COUNT" status=none; }
        case "${*: -1}" in *' sync') ;; *) exec /usr/bin/ssh "$@" ;; esac
        case $FAULT in
          sent) some | /usr/bin/ssh "$@" ;;
          answered) exec 3<&0; exec dd bs=1 count="$COUNT" status=none < <(exec /usr/bin/ssh "$@" <&3) ;;
          cut) exec 3<&0 5< <(exec /usr/bin/ssh "$@" <&3); pid=$!; some <&5; kill -9 $pid $$ ;;
          *) exec /usr/bin/ssh "$@" ;;
        esac

        """
      try Files.write(faults + "/ssh", ssh, mode: 0o755)
      let hook = mesh.bob.home + "/bin/agent-register-hook"
      Files.remove(hook)
      let called = """
        #!/bin/bash
        limit=$(cat "$HOME/limit" 2>/dev/null)
        [ "$1" = sync ] && [ -n "$limit" ] || exec -a agent-register-hook "$HOME/bin/agent-mesh" "$@"
        exec timeout -s KILL "$limit" bash -c 'exec -a agent-register-hook "$HOME/bin/agent-mesh" "$@"' sh "$@"

        """
      try Files.write(hook, called, mode: 0o755)
      try await body(StepBench(mesh: mesh, faults: faults))
    }
  }

  private static func seconds(_ milliseconds: Int) -> String {
    let rest = String(1000 + milliseconds % 1000).dropFirst()
    return "\(milliseconds / 1000).\(rest)"
  }

  func survives(_ fault: MeshStepTests.Fault) async throws {
    let begin = ContinuousClock.now
    defer { print("sync with \(fault): \(ContinuousClock.now - begin)") }
    let before = try await news()
    try await run(fault)
    for (host, peer) in [(mesh.alice, mesh.bob), (mesh.bob, mesh.alice)] {
      try await isRight(host, peer, before, fault)
    }
    // After the next sync, whichever side begins it, nothing is missing.
    let caller = "\(fault)".utf8.count % 2 == 0 ? mesh.alice : mesh.bob
    let ran = try await caller.run("sync-agent-registry")
    #expect(ran.status == 0, "\(fault): \(ran)")
    for (host, peer) in [(mesh.alice, mesh.bob), (mesh.bob, mesh.alice)] {
      #expect(copy(host, of: peer) == Files.read(peer.home + "/.agents/local.toml"), "\(fault)")
      #expect(addresses(host, of: peer) == own(peer), "\(fault), \(host.name)")
    }
  }

  /// Opens a new window on both sides, which the other side does not know yet.
  private func news() async throws -> [String: Set<String>] {
    var before: [String: Set<String>] = [:]
    for (host, tmux) in [(mesh.alice, mesh.aliceTmux), (mesh.bob, mesh.bobTmux)] {
      before[host.name] = own(host)
      _ = try await tmux.window("w\(own(host).count)", ["cat"])
      try await mesh.rescanWithoutPush(host)
    }
    return before
  }

  private func run(_ fault: MeshStepTests.Fault) async throws {
    let alice = mesh.alice
    let there = alice.home + "/.agents/slices/bob.toml"
    let limit = mesh.bob.home + "/limit"
    switch fault {
    case .sent(let count): try await sync("sent", count)
    case .answered(let count): try await sync("answered", count)
    case .cut(let count): try await sync("cut", count)
    case .callerKilled(let time):
      _ = try await alice.run(
        "timeout", ["-s", "KILL", Self.seconds(time + 1), "sync-agent-registry"])
    case .calledKilled(let time):
      try Files.write(limit, Self.seconds(time + 1))
      _ = try await alice.run("sync-agent-registry")
      Files.remove(limit)
    case .noRoomForTheSlice:
      try await mesh.sandbox.must("mv", [there, there + ".old"])
      try Files.makeDirectory(there)
      let ran = try await alice.run("sync-agent-registry")
      #expect(ran.status != 0, "\(ran)")
      let ratchet = Files.text(alice.home + "/.agents/state/serials") ?? ""
      #expect(ratchet.contains(serial(mesh.bob)), "the ratchet comes first")
      try await mesh.sandbox.must("rmdir", [there])
      try await mesh.sandbox.must("mv", [there + ".old", there])
    case .halfAPair:
      try Files.write(
        there + ".sig", Files.read(mesh.bob.home + "/.agents/local.toml.sig") ?? [])
    }
  }

  private func sync(_ fault: String, _ count: Int) async throws {
    let path = "\(faults):\(mesh.alice.environment["PATH"] ?? "")"
    _ = try await mesh.alice.run(
      "sync-agent-registry", environment: ["PATH": path, "FAULT": fault, "COUNT": "\(count)"])
  }

  /// A registry holds the other host's old or new state, never less and nothing else. An incomplete pair may
  /// leave it without the other's entries for now: a pair made so by the fault, left by a kill, or unreadable.
  private func isRight(
    _ host: LoopbackHost, _ peer: LoopbackHost, _ before: [String: Set<String>],
    _ fault: MeshStepTests.Fault
  ) async throws {
    let known = addresses(host, of: peer)
    var right = [before[peer.name] ?? [], own(peer)]
    switch fault {
    case .halfAPair, .noRoomForTheSlice, .callerKilled, .calledKilled: right.append([])
    default: break
    }
    #expect(right.contains(known), "\(fault), \(host.name): \(known)")
    let mine = addresses(host, of: host)
    #expect(mine == own(host), "\(fault), \(host.name): \(mine)")
    let list = try await host.run("notify-pane", ["--list"])
    #expect(list.status == 0 && list.err.isEmpty, "\(fault): \(list)")
  }

  private func serial(_ host: LoopbackHost) -> String {
    let text = Files.text(host.home + "/.agents/local.toml") ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("serial = ") } ?? "serial = none"
    return "\(host.name) \(line.dropFirst(9)) "
  }

  private func copy(_ host: LoopbackHost, of peer: LoopbackHost) -> [UInt8]? {
    Files.read("\(host.home)/.agents/slices/\(peer.name).toml")
  }

  private func own(_ host: LoopbackHost) -> Set<String> {
    Self.tables(Files.text(host.home + "/.agents/local.toml") ?? "", of: host)
  }

  private func addresses(_ host: LoopbackHost, of peer: LoopbackHost) -> Set<String> {
    Self.tables(Files.text(host.home + "/.agents/registry.toml") ?? "", of: peer)
  }

  private static func tables(_ text: String, of host: LoopbackHost) -> Set<String> {
    let begin = "[agents.\(host.name)-"
    return Set(text.split(separator: "\n").filter { $0.hasPrefix(begin) }.map(String.init))
  }
}
