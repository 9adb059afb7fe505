/// A file that the user names: any path, followed where it leads, bounded.
package enum UserFile {
  package static func read(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
    let cut = path.lastIndex(of: "/")
    let folder = cut.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let name = cut.map { String(path[path.index(after: $0)...]) } ?? path
    let directory = try Directory.openAny(folder)
    return try directory.read(name, limit: limit, policy: .any)
  }
}

extension UserFile {
  /// Makes a file that the user names, 0600 or as said; `.exists` when there is one.
  package static func create(_ path: String, _ bytes: [UInt8], mode: UInt32 = 0o600)
    throws(FileError)
  {
    let cut = path.lastIndex(of: "/")
    let folder = cut.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let name = cut.map { String(path[path.index(after: $0)...]) } ?? path
    try Directory.openAny(folder).createExclusive(name, bytes, mode: mode)
  }

  /// Writes a file anew, 0600, in a directory that is there already; a link of that name is replaced, not followed.
  package static func write(_ path: String, _ bytes: [UInt8]) throws(FileError) {
    let cut = path.lastIndex(of: "/")
    let folder = cut.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let name = cut.map { String(path[path.index(after: $0)...]) } ?? path
    let directory = try Directory.openAny(folder)
    try directory.writeAtomically(name, bytes, sync: false)
  }
}
