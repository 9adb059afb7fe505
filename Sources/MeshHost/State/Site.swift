package import Mesh

/// The basis of every command: whose account this is, where its files are, and
/// which tmux server it uses.
package struct Site: Sendable {
  package let environment: Environment
  package let home: AgentsHome
  package let host: Host
  private let chosen: Result<Tmux, Tmux.Failure>
  private let silence = TmuxSilence()

  /// Reads the environment and `self.conf`; creates only `~/.agents`.
  /// - Parameter preparesTmux: a client of tmux comes up while the rest is read.
  package init(_ environment: Environment, preparesTmux: Bool = false) throws(SetupError) {
    self.environment = environment
    do {
      let tmux = try Tmux(environment)
      if preparesTmux { tmux.prepare() }
      chosen = .success(tmux)
    } catch { chosen = .failure(error) }
    guard let account = Account(environment) else { throw .noHome }
    home = AgentsHome(home: account.home)
    host = try Site.host(home, account)
  }

  /// The first line of `self.conf`, otherwise a name made from the machine's.
  private static func host(_ home: AgentsHome, _ account: Account) throws(SetupError) -> Host {
    if let bytes = try home.read("self.conf", limit: 4096) {
      do { return try SelfConf.parse(bytes) } catch { throw .badSelf }
    }
    guard let host = SelfConf.host(fromSystemName: account.hostName) else { throw .badSelf }
    return host
  }

  package var slices: SliceStore {
    SliceStore(home, folder: environment.filled("AGENT_MESH_SLICES"))
  }

  /// The server that the environment means; `TMUX` may name a socket that is not ours.
  package var tmux: Tmux {
    get throws(Tmux.Failure) { try chosen.get() }
  }

  /// The socket in `TMUX`, if it does not exist: the server has ended, or a sandbox hides it.
  package var missingSocket: String? {
    guard environment.tmux != nil, environment.tmuxSocket == nil, let socket = try? tmux.socket,
      LocalSocket.state(socket) == .missing
    else { return nil }
    return Printable.line(socket)
  }

  /// All servers of the account that answer; if `TMUX_SOCKET` names one, only that.
  func servers(
    _ wanted: PaneQuery = PaneQuery()
  ) throws(Tmux.Failure) -> (answered: [ServerPanes], silent: [Tmux]) {
    let known = KnownSockets(home: home).load()
    return try TmuxServers(try tmux, environment, remembered: known).listing(silence, wanted)
  }

  package var now: Timestamp { Timestamp(milliseconds: Clock.now) }
}

/// `~/.agents/state/sockets`: servers whose sockets are not in `/tmp/tmux-<uid>`, one path a line.
/// Processes started by cron or ssh have no `TMUX` that names them. Registrations write the paths;
/// each is checked before use.
struct KnownSockets {
  private let file: HomeFile

  init(home: AgentsHome) { file = HomeFile(home, "state/sockets", limit: 64 << 10) }

  func load() -> [String] {
    ((try? file.lines()) ?? []).filter { $0.hasPrefix("/") }.prefix(TmuxServers.most)
      .map(String.init)
  }

  /// Stores the sockets of running servers. The caller holds the registry's lock.
  func keep(_ living: [Tmux]) throws(SetupError) {
    let usual = "/tmp/\(TmuxSocket.folderName)/"
    let elsewhere = living.map(\.socket)
      .filter { !$0.hasPrefix(usual) && !$0.utf8.contains(UInt8(ascii: "\n")) }.sorted()
    if elsewhere != load() { try file.write(lines: elsewhere) }
  }
}
