/// The profiles that are compiled in: one file a program, or a group of programs that are treated alike.
enum ShippedProfiles {
  static let texts = [
    claudeCode, codex, mistralVibe, aider, geminiCLI, openCode,
    shells, python, ipython, node, sqlite, psql, databases, interpreters, clients, keyPrograms,
    readers,
  ]

  /// What parses of them; a test holds that all do.
  static let all = texts.compactMap { try? Profile.parse($0) }

  /// Kinds that no other profile can take a process away from.
  static let fixed = all.filter { $0.kind != .agent && $0.kind != .reader }
}

extension Profile {
  /// The shipped profiles with the user's: an agent or reader of the same name is replaced, the others are added.
  /// Shells, clients, interpreters and key programs stay what they are.
  package static func all(user: [Profile] = []) -> [Profile] {
    let named = Set(user.map(\.name))
    let kept = ShippedProfiles.all.filter { profile in
      (profile.kind != .agent && profile.kind != .reader) || !named.contains(profile.name)
    }
    return user + kept
  }
}
