package import Mesh

/// The profiles that are compiled in, and the user's own in `~/.agents/profiles/*.profile`.
package struct ProfileStore: Sendable {
  private static let mostFiles = 256

  let home: AgentsHome

  package init(_ home: AgentsHome) { self.home = home }

  /// All that parse; the user's first. What does not parse is left out: `doctor` names it.
  package func profiles() -> [Profile] { Profile.all(user: read().profiles) }

  /// The user's own, and what is wrong with those that do not parse.
  package func read() -> (profiles: [Profile], complaints: [String]) {
    var profiles: [Profile] = []
    var complaints: [String] = []
    guard let agents = try? home.directory(),
      let directory = try? agents.subdirectory("profiles"),
      let names = try? directory.names(limit: Self.mostFiles)
    else { return ([], []) }
    for name in names where name.hasSuffix(".profile") {
      do {
        let bytes = try directory.read(name, limit: 64 << 10)
        profiles.append(try Profile.parse(String(decoding: bytes, as: UTF8.self)))
      } catch {
        complaints.append("\(SafeText.line(name, limit: 60)): \(error)")
      }
    }
    return (profiles, complaints)
  }
}

/// Profiles that are read when they are first asked for.
final class ProfileShelf {
  private let store: ProfileStore
  private(set) lazy var profiles = store.profiles()

  init(_ store: ProfileStore) { self.store = store }
}
