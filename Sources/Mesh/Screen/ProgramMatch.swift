/// Which program has the pane's terminal, as far as the processes tell.
enum ProgramMatch: Equatable {
  /// A shell, client, interpreter's prompt or key program.
  case fixed(Profile)
  /// One or more agents; the screen decides which, or none.
  case agents([Profile], otherwise: Profile?)
  case reader(Profile)
  /// Known by no profile. The name is what people call it.
  case unknown(name: String, interpreted: Bool)
  /// The processes could not be read: another account's, perhaps.
  case unreadable

  /// - Parameter profiles: what `Profile.all(user:)` gave; the shipped shells, clients and interpreters count in any case.
  init(_ facts: PaneFacts, _ profiles: [Profile]) {
    if facts.recorded {
      self = Self.byCommand(facts.command, profiles)
    } else if let group = facts.foreground, let leader = group.first {
      self = Self.byProcess(group, leader, profiles)
    } else {
      self = .unreadable
    }
  }

  private static func byProcess(_ group: [Executable], _ leader: Executable, _ profiles: [Profile])
    -> ProgramMatch
  {
    if let client = fixed(leader, [.client], profiles) { return .fixed(client) }
    let agents = profiles.filter { profile in
      profile.kind == .agent
        && group.contains { profile.runs($0) && fixed($0, Profile.Kind.taking, profiles) == nil }
    }
    if !agents.isEmpty { return .agents(agents, otherwise: nil) }
    for kind in [Profile.Kind.client, .shell, .repl, .keys] {
      if let found = group.lazy.compactMap({ fixed($0, [kind], profiles) }).first {
        return .fixed(found)
      }
    }
    if let reader = profiles.first(where: { $0.kind == .reader && $0.runs(leader) }) {
      return .reader(reader)
    }
    return .unknown(name: leader.title, interpreted: group.contains(where: isInterpreter))
  }

  /// A recorded screen has only tmux's name for the program.
  private static func byCommand(_ command: String, _ profiles: [Profile]) -> ProgramMatch {
    let named = profiles.filter { profile in profile.commands.contains { $0.matches(command) } }
    let other = named.first { $0.kind != .agent && $0.kind != .reader }
    let agents = named.filter { $0.kind == .agent }
    if !agents.isEmpty { return .agents(agents, otherwise: other) }
    if let other { return .fixed(other) }
    if let reader = named.first { return .reader(reader) }
    return .unknown(name: command, interpreted: false)
  }

  /// The shell, client, interpreter or key program that this executable is. An interpreter with a script is the script.
  static func fixed(_ executable: Executable, _ kinds: [Profile.Kind], _ profiles: [Profile])
    -> Profile?
  {
    (ShippedProfiles.fixed + profiles).first { profile in
      kinds.contains(profile.kind) && profile.runs(executable)
    }
  }

  /// An interpreter, with a script or without.
  static func isInterpreter(_ executable: Executable) -> Bool {
    let bare = Executable(path: executable.path)
    return fixed(bare, [.repl, .shell], []) != nil
  }
}

extension Profile.Kind {
  /// Kinds whose processes cannot be an agent's.
  static let taking: [Profile.Kind] = [.shell, .client, .repl, .keys]
}

extension Profile {
  /// Whether this executable is the profile's program. A `repl`'s process counts without a script only;
  /// a script counts for interpreters that are not shells.
  func runs(_ executable: Executable) -> Bool {
    if let script = executable.script {
      if scripts.contains(where: { $0.matchesTail(of: script) }) { return true }
      if kind == .repl { return false }
    }
    return processes.contains { $0.matchesTail(of: executable.path) }
  }
}
