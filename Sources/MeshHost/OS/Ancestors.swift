internal import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A directory through which somebody else could put other files in our place.
package struct InsecureDirectory: Equatable, Sendable {
  /// Made printable.
  package let path: String
  package let mode: UInt32
  package let owner: UInt32
}

extension Directory {
  /// The first directory from `path` up to `/` that is neither ours nor root's, or that group or others can
  /// write without the sticky bit. Links are checked where they stand and where they lead.
  /// - Parameter path: absolute. What does not exist (yet) is passed over.
  package static func insecureAncestor(_ path: String) -> InsecureDirectory? {
    guard path.hasPrefix("/") else { return InsecureDirectory(path: "", mode: 0, owner: 0) }
    if let found = walk(path) { return found }
    guard let real = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(real) }
    let text = unsafe String(cString: real)
    return text == path ? nil : walk(text)
  }

  private static func walk(_ path: String) -> InsecureDirectory? {
    let parts = path.split(separator: "/", omittingEmptySubsequences: true).prefix(4096)
    for count in stride(from: parts.count, through: 0, by: -1) {
      let here = "/" + parts.prefix(count).joined(separator: "/")
      guard let facts = try? FileStatus.ofPath(here, followLinks: false) else { continue }
      if isInsecure(facts) {
        return InsecureDirectory(
          path: Printable.line(here), mode: facts.mode, owner: facts.owner)
      }
    }
    return nil
  }

  private static func isInsecure(_ facts: FileFacts) -> Bool {
    guard FileStatus.isOursOrRoots(facts) else { return true }
    // A link's own mode means nothing; its directory is looked at next.
    guard facts.kind == .directory else { return false }
    return facts.mode & 0o022 != 0 && facts.mode & 0o1000 == 0
  }
}
