internal import Mesh

/// Home, modes, names, policy.
extension Doctor {
  func homeFindings() -> [Finding] {
    let agents = site.home.agents
    var found: [Finding] = []
    do { _ = try site.home.directory() } catch { return .fail("home", error) }
    if let bad = Directory.insecureAncestor(agents + "/keys") {
      found += .fail(
        "home", "others can write \(bad)", fix: "chmod go-w \(ShellWord.quoted(bad))",
        safe: true)
    }
    for name in ["keys", "log", "state", "seen", "spool", "slices"] {
      do { _ = try site.home.directory(name) } catch { found += .fail("home", error) }
    }
    found += secretFiles() + inbox() + room()
    return found.isEmpty ? .ok("home", "\(agents) is this account's alone") : found
  }

  /// Files that only this account may read.
  private func secretFiles() -> [Finding] {
    ["log/messages.jsonl", "state/inbox.jsonl", "state/serials"].flatMap { name -> [Finding] in
      let path = site.home.agents + "/" + name
      guard let facts = try? FileStatus.ofPath(path, followLinks: false),
        !FileStatus.allows(facts, .secret)
      else { return [] }
      return .fail(
        "home", "others could read or change \(path)", fix: "chmod 600 \(ShellWord.quoted(path))",
        safe: true)
    }
  }

  private func inbox() -> [Finding] {
    let path = site.home.inbox
    guard let facts = try? FileStatus.ofPath(path, followLinks: false) else { return [] }
    guard facts.kind == .directory else {
      return .fail(
        "home", "\(path) is no directory of its own",
        fix: "mv \(ShellWord.quoted(path)) \(ShellWord.quoted(path + ".old"))")
    }
    guard !FileStatus.allows(facts, .secret) else { return [] }
    return .fail(
      "home", "others could read or change \(path)", fix: "chmod 700 \(ShellWord.quoted(path))",
      safe: true)
  }

  /// A full or read-only disk lets messages fail one by one: it is seen only by writing.
  private func room() -> [Finding] {
    guard let state = try? site.home.directory("state") else { return [] }
    do throws(FileError) {
      try state.writeAtomically("doctor", Array("written by agent-mesh doctor\n".utf8))
      return []
    } catch {
      return .fail(
        "home", "nothing can be written in \(site.home.agents): \(error)", fix: error.look)
    }
  }

  func nameFindings(_ known: Known?) -> [Finding] {
    var found: [Finding] = []
    if (try? site.home.read("self.conf", limit: 4096)) == nil {
      found += .warn(
        "name", "self.conf is missing; the machine's name is used instead: \(site.host)",
        fix: "echo \(site.host) >~/.agents/self.conf", safe: true)
    } else {
      found += .ok("name", "this account is \(site.host)")
    }
    if let local = try? site.slices.local(), local.slice.host != site.host {
      found += .fail(
        "name",
        "the registry still lists this account's panes under its former name \(local.slice.host)",
        fix: "agent-discover", safe: true)
    }
    return found + peersConf() + longerNames(known)
  }

  private func peersConf() -> [Finding] {
    let path = "~/.agents/peers.conf"
    do {
      let (peers, complaints) = try site.home.peersConf()
      var found = complaints.flatMap { complaint -> [Finding] in
        .warn(
          "peers.conf", "line \(complaint.line): \(complaint.text)",
          fix: "sed -i.damaged '\(complaint.line)s/^/# /' \(path)")
      }
      if peers.contains(where: { $0.host == site.host }) {
        found += .warn(
          "peers.conf", "\(site.host) is this account itself",
          fix: "sed -i.damaged 's/^\(site.host)\\([[:space:]]\\|$\\)/# &/' \(path)")
      }
      return found
    } catch { return .fail("peers.conf", error) }
  }

  private func longerNames(_ known: Known?) -> [Finding] {
    let others = known?.trusted.hosts ?? []
    return others.sorted().filter {
      $0 != site.host && $0.name.hasPrefix(site.host.name + "-")
    }.flatMap { host -> [Finding] in
      let session = host.name.dropFirst(site.host.name.utf8.count + 1)
      return .warn(
        "name",
        "\(host) owns every address that begins with \(host)-: a session called \(session) here cannot be reached",
        fix: "tmux rename-session -t \(session) \(session)-here")
    }
  }

  func policyFindings() -> [Finding] {
    do {
      let policies = try Policies(site.home)
      let words = policies.ceilings.isEmpty ? "no policy.toml" : "policy.toml can be read"
      return .ok("policy", words)
    } catch { return .fail("policy", error) }
  }
}

/// Profiles, history, small state files, clock.
extension Doctor {
  func logFindings() -> [Finding] {
    do {
      try AuditLog(site.home).check()
      let checked = try AuditReading(site.home).check()
      guard let first = checked.complaints.first else {
        return .ok("log", "\(checked.lines.counted("line")), unbroken")
      }
      let folder = "~/.agents/log"
      return .fail(
        "log",
        "\(first.file):\(first.line): the chain is broken (\(checked.complaints.count) places)",
        fix: "mv \(folder) \(folder).$(date +%s)")
    } catch { return .fail("log", error) }
  }

  func stateFindings() -> [Finding] {
    var found: [Finding] = []
    do { _ = try InboxIndex(site.home).entries() } catch { found += .fail("state", error) }
    let waiting = (try? Spool(site.home).keys())?.reduce(0) { count, key in
      count + ((try? Spool(site.home).items(key).count) ?? 0)
    }
    if let waiting, waiting > 0 {
      found += .ok("queue", "\(waiting) waiting for recipients of this host")
    }
    return found
  }

  /// Only the peers can tell the time: their slices say when they were issued.
  func clockFindings(_ known: Known?) -> [Finding] {
    let now = site.now.milliseconds
    // 2025: earlier, no program of ours was built.
    guard now > 1_735_689_600_000 else {
      return .fail("clock", "it is \(site.now.text)", fix: "sudo timedatectl set-ntp true")
    }
    guard let known else { return [] }
    let ahead = known.peers.compactMap { peer -> (Host, Int64)? in
      let stored = try? site.slices.slice(
        of: peer.host, trusted: known.trusted, me: site.host, at: site.now)
      guard let stored else { return nil }
      return (peer.host, stored.slice.issued.milliseconds - now)
    }.max { $0.1 < $1.1 }
    if let ahead, ahead.1 > 5_000 {
      return .warn(
        "clock",
        "the slice of \(ahead.0) was issued \(ahead.1 / 1000) s from now: one of the clocks is wrong",
        fix: "sudo timedatectl set-ntp true")
    }
    return .ok("clock", site.now.text)
  }
}
