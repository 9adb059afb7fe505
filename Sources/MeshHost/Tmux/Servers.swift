internal import Synchronization

/// What a list of panes is needed for.
package struct PaneQuery: Sendable {
  /// A pane whose options will be needed next, if it still exists.
  package var expecting: (pane: PaneID, names: [String])?
  /// Whether title, path and command are needed.
  package var describes = false

  package init(expecting: (pane: PaneID, names: [String])? = nil, describes: Bool = false) {
    (self.expecting, self.describes) = (expecting, describes)
  }
}

/// A server that answered, and all its panes at that moment.
package struct ServerPanes: Sendable {
  package let tmux: Tmux
  package let identity: ServerIdentity
  /// Each once, in tmux's order.
  package let panes: [Pane]
  /// `@agent-name`, set on the window and on the pane itself.
  let names: [PaneID: (window: String?, pane: String?)]
  /// Options of the expected pane; `nil` if none was expected, or if it is
  /// gone or in several sessions.
  let expected: (pane: PaneID, options: [String: OptionLevels])?

  /// Which server answers, and all of its panes, in one client; in another one their names.
  package init(_ tmux: Tmux, _ wanted: PaneQuery, within patience: Duration) throws(Tmux.Failure) {
    let (hurried, marks, expecting) = (tmux.hurried(patience), Marks(), wanted.expecting)
    let formats = Pane.formats + (wanted.describes ? Pane.descriptions : [])
    let query = expecting.map { OptionQuery($0.names, of: $0.pane) } ?? .none
    let out = try hurried.run(
      all: [
        ["display-message", "-p", marks.record(ServerIdentity.formats)],
        ["list-panes", "-a", "-F", marks.record(formats)],
      ] + query.commands(marks) + [["display-message", "-p", marks.event(.looked)]])
    let (records, values) = marks.recordsAndOptions(out)
    self.tmux = tmux
    identity = try ServerIdentity.answered(records.first)
    panes = try Pane.all(records.dropFirst())
    names = try PaneLabels.agentNames(of: panes, hurried)
    if let id = expecting?.pane, let pane = panes.first(where: { $0.id == id }),
      pane.links.count == 1, let options = query.levels(from: values, session: pane.session)
    {
      expected = (id, options)
    } else {
      expected = nil
    }
  }
}

/// All tmux servers of this account: those in the directory where `-L` puts its sockets, the one
/// that the environment names, and those elsewhere that were seen before. Sockets of others and
/// dead ones are ignored.
struct TmuxServers {
  /// Further servers are ignored.
  static let most = 32
  private static let mostNames = 4_096
  /// How long one server may delay the others; less if it did so before.
  private static let patience = Duration.seconds(2)
  private static let shortPatience = Duration.milliseconds(100)

  /// The server that the environment means comes first.
  let candidates: [Tmux]

  /// - Parameter remembered: sockets in other places.
  init(_ meant: Tmux, _ environment: Environment, remembered: [String]) {
    guard environment.tmuxSocket == nil else {
      candidates = [meant]
      return
    }
    var folders = [TmuxSocket.folder(environment)]
    if meant.socketFolder.hasSuffix("/" + TmuxSocket.folderName) {
      folders.append(meant.socketFolder)
    }
    var seen: Set<String> = [meant.socket]
    let others = (folders.flatMap(TmuxServers.sockets) + remembered).filter {
      seen.insert($0).inserted && LocalSocket.state($0) == .ours && LocalSocket.isListening($0)
    }
    candidates = [meant] + others.prefix(TmuxServers.most).map(meant.at)
  }

  /// Asks all of them at once.
  /// - Returns: the servers that answered, each once, and those that are
  ///   listening but did not answer.
  /// - Throws: if none answers, the error of the server that the environment means; `noServer` if
  ///   there is none at all.
  func listing(
    _ silence: TmuxSilence, _ wanted: PaneQuery
  ) throws(Tmux.Failure) -> (answered: [ServerPanes], silent: [Tmux]) {
    let answers = ask(silence, wanted)
    var (answered, silent): ([ServerPanes], [Tmux]) = ([], [])
    var failure: Tmux.Failure?
    var gone: [Tmux] = []
    for (tmux, answer) in zip(candidates, answers) {
      switch answer {
      case .success(let server):
        // Two names may lead to the same server.
        if !answered.contains(where: { $0.identity.instance == server.identity.instance }) {
          answered.append(server)
        }
      case .failure(.noServer): gone.append(tmux)
      case .failure(let error):
        silent.append(tmux)
        if case .timeout = error { silence.note(tmux) }
        failure = failure ?? error
      }
    }
    // A server whose socket was removed is still running, so keep what is known of its panes.
    for tmux in gone {
      guard let pid = LostSocket.server(at: tmux.socket) else { continue }
      silent.append(tmux)
      failure = failure ?? .socketLost(pid: pid)
    }
    if answered.isEmpty { throw failure ?? .noServer }
    return (answered, silent)
  }

  private func ask(
    _ silence: TmuxSilence, _ wanted: PaneQuery
  ) -> [Result<ServerPanes, Tmux.Failure>] {
    let isAlone = candidates.count == 1
    return Parallel.map(candidates, atMost: candidates.count) { tmux in
      let usual = isAlone ? Tmux.deadline : TmuxServers.patience
      return Result { () throws(Tmux.Failure) in
        try ServerPanes(
          tmux, wanted,
          within: silence.has(tmux) && !isAlone ? TmuxServers.shortPatience : usual)
      }
    }
  }

  private static func sockets(_ folder: String) -> [String] {
    guard let directory = try? Directory.open(folder),
      let names = try? directory.names(limit: mostNames)
    else { return [] }
    return names.map { "\(folder)/\($0)" }
  }
}

/// Servers that did not answer this process in time. They are not waited for again.
final class TmuxSilence: Sendable {
  private let sockets = Mutex<Set<String>>([])

  func has(_ tmux: Tmux) -> Bool { sockets.withLock { $0.contains(tmux.socket) } }
  func note(_ tmux: Tmux) { sockets.withLock { _ = $0.insert(tmux.socket) } }
}
