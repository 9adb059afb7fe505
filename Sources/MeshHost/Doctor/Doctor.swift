internal import Mesh

/// Looks at everything that has to be right, and says of each whether it is. It changes nothing.
package struct Doctor: Sendable {
  let site: Site

  package init(_ site: Site) { self.site = site }

  /// All checks, each on its own: one that fails does not hide the others.
  package func examine() -> [Finding] {
    var findings = homeFindings()
    let known = Known(site, &findings)
    findings += nameFindings(known)
    findings += policyFindings()
    findings += known.map { keyFindings($0) } ?? []
    findings += known.map { peerFindings($0) } ?? []
    findings += tmuxFindings(known)
    findings += [profileFindings(), logFindings(), clockFindings(known)].flatMap(\.self)
    return findings + toolFindings()
  }

  /// What the checks share, once keys and pins could be read.
  struct Known: Sendable {
    let trusted: TrustedKeys
    let peers: [Peer]

    init?(_ site: Site, _ findings: inout [Finding]) {
      do {
        let identity = try KeyStore(site.home).identity(site.host)
        trusted = try PinStore(site.home).trusted(identity)
        peers = try PeerStore(site.home).peers().filter { $0.host != site.host }
      } catch {
        findings.append(.fail("keys", error))
        return nil
      }
    }
  }
}

/// Home, modes, names.
extension Doctor {
  func homeFindings() -> [Finding] {
    let agents = site.home.agents
    var found: [Finding] = []
    do { _ = try site.home.directory() } catch { return [.fail("home", error)] }
    if let bad = Directory.insecureAncestor(agents + "/keys") {
      found.append(
        .fail("home", "others can write \(bad.path)", mend: "chmod go-w \(bad.path)"))
    }
    for name in ["keys", "log", "state", "seen"] {
      do { _ = try site.home.directory(name) } catch { found.append(.fail("home", error)) }
    }
    if let inbox = try? FileStatus.ofPath(site.home.inbox, followLinks: false),
      inbox.kind != .directory || !FileStatus.allows(inbox, .secret)
    {
      found.append(
        .fail(
          "home", "\(site.home.inbox) is no directory of ours alone",
          mend: "chmod 700 \(site.home.inbox)"))
    }
    return found.isEmpty ? [.ok("home", "\(agents) is ours alone")] : found
  }

  func nameFindings(_ known: Known?) -> [Finding] {
    var found: [Finding] = []
    if (try? site.home.read("self.conf", limit: 4096)) == nil {
      found.append(
        .warn(
          "name", "self.conf is missing; the machine's name stands in: \(site.host)",
          mend: "echo \(site.host) > ~/.agents/self.conf"))
    } else {
      found.append(.ok("name", "this account is \(site.host)"))
    }
    do {
      for complaint in try PeerStore(site.home).read().complaints {
        found.append(
          .warn(
            "peers.conf", "line \(complaint.line): \(complaint.text)",
            mend: "$EDITOR ~/.agents/peers.conf"))
      }
    } catch { found.append(.fail("peers.conf", error)) }
    if let local = try? site.slices.local(), local.slice.isFull {
      found.append(
        .warn(
          "registry",
          "\(local.slice.agents.count) addresses are all that a host has room for: others do not see the rest",
          mend: "agent-register-hook off SESSION   for sessions that nobody writes to"))
    }
    let others = known?.trusted.hosts ?? []
    for host in others where host != site.host && host.name.hasPrefix(site.host.name + "-") {
      found.append(
        .warn(
          "name",
          "\(host) owns every address that begins with \(host)-: a session of ours called \(host.name.dropFirst(site.host.name.utf8.count + 1)) cannot be reached",
          mend: "give such a session another name"))
    }
    return found
  }

  func policyFindings() -> [Finding] {
    do {
      let policies = try Policies(site.home)
      let words = policies.ceilings.isEmpty ? "no policy.toml" : "policy.toml parses"
      return [.ok("policy", words)]
    } catch { return [.fail("policy", error)] }
  }
}
