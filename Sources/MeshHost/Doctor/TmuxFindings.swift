internal import Mesh

/// tmux: its server, our hooks, the access lists of all panes.
extension Doctor {
  func tmuxFindings(_ known: Known?) -> [Finding] {
    let tmux: Tmux
    do { tmux = try site.tmux } catch { return [.fail("tmux", "\(error)")] }
    let server: ServerIdentity
    do { server = try tmux.serverIdentity() } catch .noServer {
      return [.warn("tmux", "no server is running: no agent of this host can be reached")]
    } catch { return [.fail("tmux", "\(error)")] }
    var found = [Finding.ok("tmux", "server \(server.version) at \(server.socketPath)")]
    found += hooks(tmux)
    guard let known, let policies = try? Policies(site.home) else { return found }
    do {
      let inspection = try AccessInspection(site, known.trusted, policies)
      found += collisions(inspection.panes)
      found += services(inspection.panes)
      found += access(inspection)
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
