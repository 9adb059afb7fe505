package import Mesh

/// The compiled-in profiles, and the user's own in `~/.agents/profiles/NAME.toml`. A profile that
/// others could change is refused, because profiles decide what is typed.
package struct ProfileStore: Sendable {
  private static let mostFiles = 256

  let home: AgentsHome

  package init(_ home: AgentsHome) { self.home = home }

  /// All valid profiles, the user's first. Invalid ones are left out; `doctor` reports them.
  package func profiles() -> [Profile] { Profile.all(user: read().profiles) }

  /// The user's own profiles, and why a file or the whole folder is refused: its
  /// mode, its format, its name.
  package func read() -> (profiles: [Profile], complaints: [String]) {
    var profiles: [Profile] = []
    var complaints: [String] = []
    do throws(FileError) {
      guard let agents = try? home.directory() else { return ([], []) }
      let directory = try agents.subdirectory("profiles")
      for name in try directory.names(limit: Self.mostFiles) where !name.hasPrefix(".") {
        do { profiles.append(try Self.read(name, in: directory)) } catch {
          complaints.append("\(SafeText.line(name, limit: 60)) is not used: \(Self.words(error))")
        }
      }
    } catch .missing {
      return ([], [])
    } catch { complaints.append("the folder is not used: \(Self.words(error))") }
    return (profiles, complaints)
  }

  private static func read(_ name: String, in directory: borrowing Directory) throws -> Profile {
    guard name.hasSuffix(".toml") else { throw ProfileError.name }
    let bytes = try directory.read(name, limit: Profile.fileLimit)
    return try Profile(parsing: bytes, name: String(name.dropLast(5)))
  }

  private static func words(_ error: any Error) -> String {
    switch error {
    case let error as ProfileError: error.description
    case FileError.insecure(let path, let mode, _):
      "others could change it; chmod \(String(mode & 0o7700, radix: 8)) \(path)"
    case FileError.tooLarge: "larger than \(Profile.fileLimit >> 10) KiB"
    case FileError.notRegular: "no regular file"
    default: "it cannot be read"
    }
  }
}

/// Profiles that are only read when they are first needed.
final class ProfileShelf {
  private let store: ProfileStore
  private(set) lazy var profiles = store.profiles()

  init(_ store: ProfileStore) { self.store = store }
}
