package import Mesh
internal import Synchronization

/// A file to send with an order; the order's body becomes its caption. `FileStream` reads it once
/// while it is sent.
package struct Attachment: Sendable {
  package let file: SourceFile
  /// The name that we propose for it.
  package let name: FileName
  /// Called during sending, with the bytes sent and the bytes in total.
  package let progress: @Sendable (Int64, Int64) -> Void

  package init(
    _ file: SourceFile, name: FileName, progress: @escaping @Sendable (Int64, Int64) -> Void
  ) {
    (self.file, self.name, self.progress) = (file, name, progress)
  }

  /// All of stdin, in a file without a name until it is sent.
  package static func standardInput(
    _ site: Site, limit: Int64
  ) throws(SourceFileError) -> SourceFile {
    guard let directory = try? site.home.directory("state") else { throw .disk }
    return try SourceFile.standardInput(
      in: directory, limit: limit, until: .now + .seconds(24 * 3600))
  }
}

extension Attachment {
  /// A directory as one archive, in a file without a name until it is sent. The
  /// receiver does not unpack it.
  package static func archive(
    of path: String, _ site: Site, limit: Int64
  ) throws(SourceFileError) -> SourceFile {
    guard let directory = try? site.home.directory("state") else { throw .disk }
    return try SourceFile.archive(
      of: path, in: directory, limit: limit, until: .now + .seconds(24 * 3600))
  }
}

/// What happened to a file's bytes during sending.
final class FileFate: Sendable {
  private let state = Mutex<(changed: Bool, digest: String?)>((false, nil))

  /// The file grew, shrank or was rewritten. Then no end statement is made, and
  /// the receiver refuses it.
  var changed: Bool { state.withLock(\.changed) }
  /// The file's BLAKE2b-256, in hex, once all of it was read.
  var digest: String? { state.withLock(\.digest) }

  func hasChanged() { state.withLock { $0.changed = true } }
  func isWhole(_ digest: String) { state.withLock { $0.digest = digest } }
}
