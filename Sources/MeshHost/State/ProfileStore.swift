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
      for name in try directory.names(limit: Self.mostFiles).sorted() where !name.hasPrefix(".") {
        switch Self.read(name, in: directory) {
        case .success(let profile): profiles.append(profile)
        case .failure(let complaint):
          complaints.append("\(SafeText.line(name, limit: 60)) is not used: \(complaint.text)")
        }
      }
    } catch .missing {
      return ([], [])
    } catch { complaints.append("the folder is not used: \(Complaint(error).text)") }
    return (profiles, complaints)
  }

  private struct Complaint: Error {
    let text: String

    init(_ text: String) { self.text = text }

    init(_ error: FileError) {
      switch error {
      case .insecure(let path, let mode, _):
        text = "others could change it; chmod \(String(mode & 0o7700, radix: 8)) \(path)"
      case .tooLarge: text = "larger than \(Profile.fileLimit >> 10) KiB"
      case .notRegular: text = "no regular file"
      default: text = "it cannot be read"
      }
    }
  }

  private static func read(_ name: String, in directory: borrowing Directory)
    -> Result<Profile, Complaint>
  {
    guard name.hasSuffix(".toml") else { return .failure(Complaint(ProfileError.name.description)) }
    do throws(FileError) {
      let bytes = try directory.read(name, limit: Profile.fileLimit)
      do throws(ProfileError) {
        return .success(try Profile(parsing: bytes, name: String(name.dropLast(5))))
      } catch { return .failure(Complaint(error.description)) }
    } catch { return .failure(Complaint(error)) }
  }
}

/// Profiles that are only read when they are first needed.
final class ProfileShelf {
  private let store: ProfileStore
  private(set) lazy var profiles = store.profiles()

  init(_ store: ProfileStore) { self.store = store }
}
