/// Where sandboxes are created: in a directory that others cannot write, all the way up (otherwise
/// keys are not accepted), with a short path (a socket's path has at most 107 bytes).
enum SandboxPlace {
  private static let longest = 40

  static func base() throws -> String {
    var candidates = [Environment.value("TMPDIR"), Environment.value("XDG_RUNTIME_DIR")].compactMap(
      \.self)
    if Environment.isRoot { candidates.append("/var/lib") }
    if let home = Environment.value("HOME") { candidates.append(home) }
    guard let good = candidates.first(where: isGood) else {
      throw Trouble("no short directory that only this account can write: set TMPDIR to one")
    }
    return good
  }

  private static func isGood(_ path: String) -> Bool {
    guard path.hasPrefix("/"), path.utf8.count <= longest else { return false }
    var above = path[...]
    while true {
      guard let status = Files.status(above.isEmpty ? "/" : String(above)) else { return false }
      let isDirectory = status.mode & 0o170000 == 0o040000
      guard isDirectory, status.mode & 0o022 == 0, [0, Environment.userID].contains(status.owner)
      else { return false }
      guard let slash = above.lastIndex(of: "/") else { return true }
      above = above[..<slash]
    }
  }
}
