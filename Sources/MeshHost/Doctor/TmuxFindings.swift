internal import Mesh

/// tmux: its server, our hooks, the access lists of all panes.
extension Doctor {
  func tmuxFindings(_ known: Known?) -> [Finding] {
    let tmux: Tmux
    do { tmux = try site.tmux } catch { return [.fail("tmux", "\(error)")] }
    let server: ServerIdentity
    do { server = try tmux.serverIdentity() } catch .noServer {
      if let pid = LostSocket.server(at: tmux.socket) {
        return [
          .fail(
            "tmux", "a tmux server of yours (pid \(pid)) runs without its socket",
            mend: "kill -USR1 \(pid)")
        ]
      }
      return [.warn("tmux", "no server is running: no agent of this host can be reached")]
    } catch { return [.fail("tmux", "\(error)")] }
    var found = [Finding.ok("tmux", "server \(server.version) at \(server.socketPath)")]
    found += hooks(tmux)
    guard let known, let policies = try? Policies(site.home) else { return found }
    do {
      let inspection = try AccessInspection(site, known.trusted, policies)
      found += collisions(inspection.panes)
      found += services(inspection.panes)
      found += access(inspection) + loose(inspection) + kinds(inspection)
    } catch { found.append(.warn("tmux", "\(error)")) }
    return found
  }

  private func hooks(_ tmux: Tmux) -> [Finding] {
    let shown = (try? tmux.run(["show-hooks", "-g"])) ?? []
    let text = String(decoding: shown, as: UTF8.self)
    let ours = text.split(separator: "\n").filter {
      $0.contains("[7700]") && $0.contains("agent-register-hook rescan")
    }
    guard ours.isEmpty else { return [.ok("hooks", "\(ours.count) hooks at [7700]")] }
    return [
      .warn(
        "hooks", "no hooks at [7700]: changes are noticed by the timer only",
        mend: "tmux source-file ~/.local/share/agent-mesh/agent-mesh.conf")
    ]
  }

  /// Agents behind one daemon for all of them.
  private func services(_ panes: PaneDirectory) -> [Finding] {
    ServedPanes.all(panes).map { served in
      let program = served.service.program
      return .warn(
        "senders",
        "\(program) (pid \(served.service.pid)) runs the commands of \(served.count) panes: before they have received a message, they speak as \(site.host)",
        mend: program == "codex"
          ? "[features] daemon_auto_start = false in ~/.codex/config.toml, or codex --no-daemon"
          : "notify-pane --as <address of the agent's pane>")
    }
  }

  private func collisions(_ panes: PaneDirectory) -> [Finding] {
    panes.collisions.map {
      .warn(
        "addresses", "\($0.wanted) is taken: the other one is \($0.got)",
        mend: "set @agent-name on one of them")
    }
  }

  private func loose(_ inspection: AccessInspection) -> [Finding] {
    let loose = inspection.loose()
    guard !loose.isEmpty else { return [] }
    let some = loose.prefix(3).map { "\($0.address) (\($0.level))" }.joined(separator: ", ")
    return [
      .warn(
        "access",
        "\(loose.count) restrictions stand in the tmux server only, and a restart would widen them: \(some)",
        mend: "agent-mesh acl keep")
    ]
  }

  /// Panes that show an agent's screen, but whose process is none that its profile knows.
  private func kinds(_ inspection: AccessInspection) -> [Finding] {
    let profiles = ProfileStore(site.home).profiles()
    return inspection.all.compactMap { place, address -> Finding? in
      guard let seen = try? place.tmux.recordableLook(place.pane.id),
        let levels = try? place.tmux.optionLevels(
          pane: place.pane, names: [AccessOption.kind]),
        levels[AccessOption.kind]?.pane == nil
      else { return nil }
      let facts = PaneFacts(seen.look)
      let screen = Screen(
        capture: seen.look.capture, width: seen.look.columns, height: seen.look.rows)
      guard ScreenReader.read(facts, screen, profiles: profiles).kind != .agent,
        let kind = ScreenReader.likeness(facts, screen, profiles: profiles)
      else { return nil }
      return .warn(
        "agents", "\(address) shows the screen of \(kind), in a process that is not known for it",
        mend: "tmux set -p -t \(place.pane.id) @agent-kind \(kind)   (if that runs there)")
    }
  }

  private func access(_ inspection: AccessInspection) -> [Finding] {
    let complaints = inspection.lint()
    guard !complaints.isEmpty else {
      return [.ok("access", "\(inspection.all.count) panes, no complaint")]
    }
    return complaints.map { complaint in
      let what = "\(complaint.place): \(complaint.words)"
      return complaint.isSerious
        ? .fail("access", what, mend: "agent-mesh acl lint")
        : .warn("access", what, mend: "agent-mesh acl lint")
    }
  }
}
