/// Which program owns the pane's terminal, as far as the processes tell. `ScreenReader` asks this
/// first and then reads the screen with the matching profile.
enum ProgramMatch: Equatable {
  /// A shell, a client, an interpreter at its prompt, or a program controlled by keys.
  case fixed(Profile)
  /// One or more agents. The screen decides which one it is, or that it is none.
  case agents([Profile], otherwise: Profile?)
  case reader(Profile)
  /// No profile matches. The name is what people call the program.
  case unknown(name: String, interpreted: Bool)
  /// The processes could not be read, perhaps because they belong to another account.
  case unreadable

  /// - Parameter profiles: from `Profile.all(user:)`; the shipped shells, clients
  ///   and interpreters always count.
  init(_ facts: PaneFacts, _ profiles: [Profile]) {
    if facts.recorded, facts.foreground == nil {
      self = Self.byCommand(facts.command, profiles)
    } else if let group = facts.foreground, let leader = group.first {
      self = Self.byProcess(Array(group.prefix(64)), leader, profiles)
    } else {
      self = .unreadable
    }
  }

  private static func byProcess(_ group: [Executable], _ leader: Executable, _ profiles: [Profile])
    -> ProgramMatch
  {
    let fixed = group.map { fixedProfile($0, profiles) }
    if let client = fixed[0], client.kind == .client { return .fixed(client) }
    let free = zip(group, fixed).filter { $1 == nil }.map(\.0)
    let agents = profiles.filter { $0.kind == .agent && free.contains(where: $0.runs) }
    if !agents.isEmpty { return .agents(agents, otherwise: nil) }
    // A shell with a script or `-c` is not at its prompt; the program that it
    // started has the terminal.
    let atPrompt = zip(group, fixed).filter { $1?.kind != .shell || $0.readsCommands }.map(\.1)
    let keys = atPrompt.compactMap(\.self).first { $0.kind == .keys }
    let found =
      (keys == nil ? fixed : atPrompt).compactMap(\.self).min { $0.kind.rank < $1.kind.rank }
    if let found {
      let own =
        found.kind == .repl || found.kind == .keys ? profiles.filter { $0.claims(group) } : []
      return own.isEmpty ? .fixed(found) : .agents(own, otherwise: found)
    }
    if let reader = profiles.first(where: { $0.kind == .reader && $0.runs(leader) }) {
      return .reader(reader)
    }
    return .unknown(name: leader.title, interpreted: group.contains(where: isInterpreter))
  }

  /// For a recorded screen only tmux's name of the program is known.
  private static func byCommand(_ command: String, _ profiles: [Profile]) -> ProgramMatch {
    let named = profiles.filter { profile in profile.commands.contains { $0.matches(command) } }
    let other = named.first { $0.kind != .agent && $0.kind != .reader }
    let agents = named.filter { $0.kind == .agent }
    if !agents.isEmpty { return .agents(agents, otherwise: other) }
    if let other { return .fixed(other) }
    if let reader = named.first { return .reader(reader) }
    return .unknown(name: command, interpreted: false)
  }

  /// The profile, if the executable is a shell, client, interpreter or key program. An interpreter
  /// with a script counts as the script.
  static func fixedProfile(_ executable: Executable, _ profiles: [Profile] = []) -> Profile? {
    let own = profiles.filter { $0.isOwn && $0.kind.rank < Profile.Kind.free }
    return (ShippedProfiles.fixed + own).filter { $0.runs(executable) }.min {
      $0.kind.rank < $1.kind.rank
    }
  }

  /// Whether it is a shell or interpreter, with or without a script.
  static func isInterpreter(_ executable: Executable) -> Bool {
    let kind = fixedProfile(executable.bare)?.kind
    return kind == .repl || kind == .shell
  }
}

extension Profile.Kind {
  /// If a process matches several kinds, the lowest rank wins.
  var rank: Int {
    switch self {
    case .client: 0
    case .shell: 1
    case .repl: 2
    case .keys: 3
    case .agent, .reader: Self.free
    }
  }

  /// Processes of this rank or higher may belong to an agent.
  static let free = 4
}

extension Profile {
  /// Whether the user declares this program, an interpreter or one controlled by keys, to be an
  /// agent and names it.
  func claims(_ group: [Executable]) -> Bool {
    guard kind == .agent, isOwn else { return false }
    var named = self
    named.processes = processes.filter(\.isNamed)
    named.scripts = scripts.filter(\.isNamed)
    return group.contains(where: named.runs)
  }

  /// Whether the executable is this profile's program, wrapped or not. For a
  /// `repl` it must have no script.
  func runs(_ executable: Executable) -> Bool {
    fits(executable.path, executable.script)
      || fits(executable.unwrappedPath, executable.unwrappedScript)
  }

  /// Whether a group's leader has the name of its executable and no script: an interpreter at its
  /// prompt or with `-c`. Also true if the name is unknown.
  func isCalledAsItself(_ group: [Executable]) -> Bool {
    guard let leader = group.first, let called = leader.called else { return true }
    let name = called.drop { $0 == "-" }
    return leader.script == nil && runs(Executable(path: String(name)))
  }

  private func fits(_ path: [String], _ script: [String]?) -> Bool {
    if let script {
      if scripts.contains(where: { $0.matches(script) }) { return true }
      if kind == .repl { return false }
    }
    return processes.contains { $0.matches(path) }
  }
}

/// A running program, identified by what the kernel runs, not by the name that it chooses.
package struct Executable: Sendable, Equatable {
  /// The components of the path in `/proc/PID/exe` (libproc on macOS), or just the file name.
  let path: [String]
  /// For interpreters: the path components of the script; `nil` if there is none
  /// (a prompt, `-c`, stdin).
  let script: [String]?
  /// False for a shell with a script or `-c`: it ends after that and reads no
  /// commands from its terminal.
  package var readsCommands = true
  /// The file name in argv[0], which the process chooses; `nil` if unknown.
  let called: String?
  /// The same without the additions of packagers: `.claude-unwrapped`, `claude.exe`, `codex.cjs` are Claude and Codex.
  let unwrappedPath: [String]
  let unwrappedScript: [String]?

  /// - Parameters:
  ///   - path: of the executable. The kernel's ` (deleted)` after a replaced file is removed.
  ///   - script: a path or a file name; empty means none.
  ///   - called: the file name in argv[0].
  package init(path: String, script: String? = nil, called: String? = nil) {
    let suffix = " (deleted)"
    let kept = path.hasSuffix(suffix) ? path.dropLast(suffix.count) : path[...]
    self.path = kept.split(separator: "/").map(String.init)
    let parts = script?.split(separator: "/").map(String.init) ?? []
    self.script = parts.isEmpty ? nil : parts
    self.called = called
    unwrappedPath = Self.unwrap(self.path)
    unwrappedScript = self.script.map(Self.unwrap)
  }

  package var name: String { path.last ?? "" }

  private static func unwrap(_ components: [String]) -> [String] {
    guard var last = components.last else { return [] }
    if last.hasPrefix("."), last.count > 1 { last.removeFirst() }
    for suffix in [".exe", ".cjs", ".mjs", ".js", ".py", "-unwrapped", "-wrapped"]
    where last.hasSuffix(suffix) && last.count > suffix.count {
      last.removeLast(suffix.count)
    }
    return components.dropLast() + [last]
  }

  /// What people call the program: the file name of the script or of the executable.
  package var title: String { script?.last ?? name }

  /// The same interpreter without its script.
  var bare: Executable { Executable(path: name) }
}
