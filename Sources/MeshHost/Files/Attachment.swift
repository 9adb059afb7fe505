package import Mesh
internal import Synchronization

/// A file that goes with an order, whose body is its caption then.
package struct Attachment: Sendable {
  package let file: SourceFile
  /// The name that is proposed for it.
  package let name: FileName
  /// Called as it goes out: bytes that were sent, bytes in all.
  package let progress: @Sendable (Int64, Int64) -> Void

  package init(
    _ file: SourceFile, name: FileName, progress: @escaping @Sendable (Int64, Int64) -> Void
  ) {
    (self.file, self.name, self.progress) = (file, name, progress)
  }

  /// All of stdin, kept in a file without a name until it is sent.
  package static func standardInput(
    _ site: Site, limit: Int64
  ) throws(SourceFileError) -> SourceFile {
    guard let directory = try? site.home.directory("state") else { throw .disk }
    return try SourceFile.standardInput(
      in: directory, limit: limit, until: .now + .seconds(24 * 3600))
  }
}

extension Attachment {
  /// A directory as one file, an archive, kept without a name until it is sent. Nothing unpacks it there.
  package static func archive(
    of path: String, _ site: Site, limit: Int64
  ) throws(SourceFileError) -> SourceFile {
    guard let directory = try? site.home.directory("state") else { throw .disk }
    return try SourceFile.archive(
      of: path, in: directory, limit: limit, until: .now + .seconds(24 * 3600))
  }
}

/// What became of the bytes of a file while it was sent.
final class FileFate: Sendable {
  private let state = Mutex<(changed: Bool, digest: String?)>((false, nil))

  /// The file grew, shrank or was rewritten: no end statement was made, so nothing can come of it.
  var changed: Bool { state.withLock(\.changed) }
  /// The file's own BLAKE2b-256, in hex, once all of it was read.
  var digest: String? { state.withLock(\.digest) }

  func hasChanged() { state.withLock { $0.changed = true } }
  func isWhole(_ digest: String) { state.withLock { $0.digest = digest } }
}
