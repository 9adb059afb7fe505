internal import Mesh
internal import MeshCrypto

/// Profiles, history, clock.
extension Doctor {
  func profileFindings() -> [Finding] {
    let read = ProfileStore(site.home).read()
    guard read.complaints.isEmpty else {
      return read.complaints.map { .warn("profiles", $0) }
    }
    return read.profiles.isEmpty
      ? [] : [.ok("profiles", "\(read.profiles.count) of the user's own")]
  }

  func logFindings() -> [Finding] {
    do {
      let checked = try AuditReading(site.home).check()
      guard let first = checked.complaints.first else {
        return [.ok("log", "\(checked.lines) lines, unbroken")]
      }
      return [
        .fail(
          "log",
          "\(first.file):\(first.line): the chain is broken (\(checked.complaints.count) places)",
          mend: "agent-mesh log --check")
      ]
    } catch { return [.fail("log", error)] }
  }

  /// There is nobody to ask the time but the peers, whose slices say when they were issued.
  func clockFindings(_ known: Known?) -> [Finding] {
    let now = site.now.milliseconds
    // 2025: earlier, no program of ours was built.
    guard now > 1_735_689_600_000 else {
      return [.fail("clock", "it is \(site.now.text)", mend: "timedatectl set-ntp true")]
    }
    guard let known else { return [] }
    let ahead = known.peers.compactMap { peer -> (Host, Int64)? in
      let stored = try? site.slices.slice(
        of: peer.host, trusted: known.trusted, me: site.host, at: site.now)
      guard let stored else { return nil }
      return (peer.host, stored.slice.issued.milliseconds - now)
    }.max { $0.1 < $1.1 }
    if let ahead, ahead.1 > 5_000 {
      return [
        .warn(
          "clock",
          "the slice of \(ahead.0) was issued \(ahead.1 / 1000) s from now: one of the clocks is wrong",
          mend: "date -u   on both hosts")
      ]
    }
    return [.ok("clock", site.now.text)]
  }
}

/// Other people's programs, and the timer.
extension Doctor {
  func toolFindings() -> [Finding] {
    let binary = TmuxBinary.path(site.environment) ?? "tmux"
    return [
      version("tmux", binary, ["-V"]), version("ssh", "ssh", ["-V"]),
      .ok("libsodium", Sodium.version), timer(),
    ]
  }

  private func version(_ subject: String, _ program: String, _ arguments: [String]) -> Finding {
    guard
      let done = try? Child.run(program, arguments, limit: 4096, deadline: .seconds(5)),
      done.status == 0
    else { return .fail(subject, "\(program) cannot be run", mend: "apt-get install \(subject)") }
    return .ok(subject, SafeText.line(bytes: (done.out + done.err).prefix { $0 != 10 }))
  }

  private func timer() -> Finding {
    let home = site.home.home
    let files = [
      "/.config/systemd/user/agent-mesh.timer", "/Library/LaunchAgents/agent-mesh.plist",
      "/Library/LaunchAgents/io.agent-mesh.plist",
    ]
    if files.contains(where: { (try? FileStatus.ofPath(home + $0, followLinks: true)) != nil }) {
      return .ok("timer", "installed")
    }
    let cron = try? Child.run("crontab", ["-l"], limit: 1 << 20, deadline: .seconds(5))
    let text = String(decoding: cron?.out ?? [], as: UTF8.self)
    if text.contains("agent-discover") || text.contains("sync-agent-registry") {
      return .ok("timer", "in the crontab")
    }
    return .warn(
      "timer", "none: what is queued or changed elsewhere is noticed at the next command",
      mend: "agent-mesh timer install")
  }
}
