internal import Mesh

/// tmux: its server, our hooks, addresses, the access lists of all panes, profiles.
extension Doctor {
  func tmuxFindings(_ known: Known?) -> [Finding] {
    let tmux: Tmux
    do { tmux = try site.tmux } catch { return .fail("tmux", "\(error)") }
    let server: ServerIdentity
    do { server = try tmux.serverIdentity() } catch .noServer {
      if let pid = LostSocket.server(at: tmux.socket) {
        return .fail(
          "tmux", "a tmux server of yours (pid \(pid)) runs without its socket",
          fix: "kill -USR1 \(pid)")
      }
      return .warn(
        "tmux", "no server is running: no agent of this host can be reached",
        fix: "tmux new-session -d -s main")
    } catch .notFound {
      // The program itself is looked at with the other tools.
      return []
    } catch { return .fail("tmux", "\(error)", fix: "tmux -V") }
    var found = [Finding].ok("tmux", "server \(server.version) at \(server.socketPath)")
    found += hooks(tmux)
    guard let known, let policies = try? Policies(site.home) else { return found }
    do {
      let inspection = try AccessInspection(site, known.trusted, policies)
      found += collisions(inspection.panes)
      found += crowd(inspection.panes)
      found += services(inspection.panes)
      found += access(inspection) + loose(inspection) + kinds(inspection) + ways(inspection)
      found += unknownWords(inspection)
    } catch { found += .warn("tmux", "\(error)") }
    return found
  }

  /// The hooks that the snippet sets, compared with those that the server has.
  private func hooks(_ tmux: Tmux) -> [Finding] {
    let path = site.home.home + "/.local/share/agent-mesh/agent-mesh.conf"
    let snippet = String(
      decoding: (try? UserFile.read(path, limit: 64 << 10)) ?? [], as: UTF8.self)
    let wanted = snippet.matches(of: #/set-hook -g '([a-z-]+)\[7700\]'/#).map {
      String($0.output.1)
    }
    // Hooks of windows and panes are listed apart.
    let shown = [["-g"], ["-gw"]].flatMap { (try? tmux.run(["show-hooks"] + $0)) ?? [] }
    let ours = String(decoding: shown, as: UTF8.self).split(separator: "\n").filter {
      $0.contains("[7700]") && $0.contains("agent-register-hook rescan")
    }
    let missing = wanted.filter { name in !ours.contains { $0.hasPrefix(name + "[7700]") } }
    guard ours.isEmpty || !missing.isEmpty else {
      return .ok("hooks", "\(ours.count) hooks at [7700]")
    }
    let what =
      ours.isEmpty
      ? "no hooks at [7700]: changes are noticed only when agent-discover runs"
      : "\(missing.count) of \(wanted.count) hooks are missing: \(missing.joined(separator: ", "))"
    return .warn(
      "hooks", what,
      fix: snippet.isEmpty
        ? "./install.sh" : "tmux source-file ~/.local/share/agent-mesh/agent-mesh.conf",
      safe: !snippet.isEmpty)
  }

  /// A window's panes share its name, so that each window is told of once. The name of a former window stays taken for
  /// a day; then nothing has to be done.
  private func collisions(_ panes: PaneDirectory) -> [Finding] {
    var told: Set<String> = []
    // The address of a window is shorter than those of its panes.
    let windowsFirst = panes.collisions.sorted {
      ($0.got.text.utf8.count, $0.got) < ($1.got.text.utf8.count, $1.got)
    }
    return windowsFirst.flatMap { collision -> [Finding] in
      guard let holder = panes.recipient(collision.wanted), !holder.isOld,
        let target = panes.target(of: collision.wanted),
        let place = panes.recipient(collision.got)?.place,
        told.insert("\(place.server.instance) \(place.pane.window)").inserted
      else { return [] }
      let name = "other-" + (collision.wanted.text.split(separator: "-").last ?? "name")
      let isOwn = panes.ownName(of: place).map { "\(site.host)-\($0)" } == collision.wanted.text
      return .warn(
        "addresses",
        "\(target) (\(holder.pane.id)) holds the address \(collision.wanted), which \(place.pane.id) wants too: that one is \(collision.got)",
        fix: isOwn
          ? place.setting("@agent-name", to: name) : place.settingOfWindow("@agent-name", to: name))
    }
  }

  /// A slice has room for a limited number of addresses; other hosts cannot reach the panes beyond it.
  private func crowd(_ panes: PaneDirectory) -> [Finding] {
    guard let local = try? site.slices.local(), local.slice.isFull else { return [] }
    return .warn(
      "addresses",
      "\(local.slice.agents.count) addresses are all that a host has room for: other hosts do not see the rest of \(panes.places.count) panes",
      fix: "agent-register-hook off SESSION")
  }

  /// Agents behind one daemon for all of them.
  private func services(_ panes: PaneDirectory) -> [Finding] {
    ServedPanes.all(panes).flatMap { served -> [Finding] in
      let program = served.service.program
      return .warn(
        "senders",
        "\(program) (pid \(served.service.pid)) runs the commands of \(served.count) panes: before they have received a message, they speak as \(site.host)",
        fix: program == "codex"
          ? "codex --no-daemon"
          : "notify-pane --as ADDRESS --whoami")
    }
  }

  private func loose(_ inspection: AccessInspection) -> [Finding] {
    let loose = inspection.loose()
    guard !loose.isEmpty else { return [] }
    let some = loose.prefix(3).map { "\($0.address) (\($0.level))" }.joined(separator: ", ")
    return .warn(
      "access",
      "\(loose.count.counted("restriction")) in the tmux server only, which a restart would widen: \(some)",
      fix: "agent-mesh acl keep")
  }

  /// Panes that show an agent's screen, but whose process is none that its profile knows.
  private func kinds(_ inspection: AccessInspection) -> [Finding] {
    let profiles = ProfileStore(site.home).profiles()
    return inspection.panes.servers.flatMap { server -> [Finding] in
      let own = inspection.all.filter { $0.0.server.instance == server.identity.instance }
      // Twenty panes a client: hundreds of panes are one second, not one client each.
      return server.tmux.looks(own.map(\.0)).flatMap { look -> [Finding] in
        guard let (place, address) = own.first(where: { $0.0.pane.id == look.pane }),
          let kind = likeness(look, profiles), !isSet(AccessOption.kind, place)
        else { return [] }
        return .warn(
          "agents",
          "\(address) shows the screen of \(kind), in a process that is not known for it",
          fix: "tmux set -p -t \(place.pane.id) @agent-kind \(kind)")
      }
    }
  }

  /// Panes whose owner chose the inbox of their agent, where messages are typed all the same.
  private func ways(_ inspection: AccessInspection) -> [Finding] {
    inspection.all.flatMap { place, address -> [Finding] in
      guard let recipient = inspection.panes.recipient(address),
        let standing = InboxStanding(recipient, site.home), standing.isBroken
      else { return [] }
      return .warn(
        "inbox", "\(address): \(AccessOption.via) \(standing.words)",
        fix: place.setting(AccessOption.via, to: "type"))
    }
  }

  /// Values of `@agent-via` and `@agent-kind` that mean nothing, so that they do nothing.
  private func unknownWords(_ inspection: AccessInspection) -> [Finding] {
    inspection.all.flatMap { place, address -> [Finding] in
      OptionWords(place, site.home).complaints.flatMap { complaint -> [Finding] in
        .warn("options", "\(address): \(complaint)", fix: "man notify-pane")
      }
    }
  }

  /// - Returns: nil when its process is known, or its screen is no agent's.
  private func likeness(_ seen: PaneLook, _ profiles: [Profile]) -> String? {
    let look = Look(seen, profiles: profiles)
    guard look.reading.kind != .agent else { return nil }
    return ScreenReader.likeness(look, profiles: profiles)
  }

  /// Whether a pane's own option is set, or cannot be asked for.
  private func isSet(_ option: String, _ place: PlacedPane) -> Bool {
    guard let levels = try? place.tmux.optionLevels(pane: place.pane, names: [option]) else {
      return true
    }
    return levels[option]?.pane != nil
  }

  private func access(_ inspection: AccessInspection) -> [Finding] {
    let complaints = inspection.lint()
    guard !complaints.isEmpty else {
      return .ok("access", "\(inspection.all.count.counted("pane")), no complaint")
    }
    return complaints.flatMap { complaint -> [Finding] in
      let what = "\(complaint.place): \(complaint.words)"
      return complaint.isSerious
        ? .fail("access", what, fix: complaint.fix)
        : .warn("access", what, fix: complaint.fix)
    }
  }

  func profileFindings() -> [Finding] {
    let read = ProfileStore(site.home).read()
    guard read.complaints.isEmpty else {
      return read.complaints.flatMap { complaint -> [Finding] in
        let chmod = complaint.firstMatch(of: #/; (chmod [0-7]+) (.*)$/#)
        if let chmod {
          return .warn(
            "profiles", complaint,
            fix: "\(chmod.output.1) \(ShellWord.quoted(String(chmod.output.2)))",
            safe: true)
        }
        let name = complaint.firstMatch(of: #/^(\S+) is not used/#).map { String($0.output.1) }
        return .warn(
          "profiles", complaint,
          fix: name.map {
            "mv ~/.agents/profiles/\(ShellWord.quoted($0)) ~/.agents/\(ShellWord.quoted($0)).unused"
          })
      }
    }
    return read.profiles.isEmpty
      ? [] : .ok("profiles", "\(read.profiles.count) of the user's own")
  }
}
