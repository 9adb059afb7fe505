internal import Mesh
internal import MeshCrypto

/// A file that is being stored in a folder of the inbox. Its partial file is removed when this
/// object is released, if not before.
final class LandedFile: Sendable {
  let folder: Directory
  private let part: String

  init(_ folder: consuming Directory, part: String) {
    self.folder = folder
    self.part = part
  }

  deinit { removePart() }

  func removePart() { _ = try? folder.remove(part) }

  /// Whether the same bytes are already stored under a name.
  func holds(_ file: borrowing VerifiedFile, under name: FileName) throws(FileError) -> Bool {
    guard let facts = try folder.facts(of: name.text), facts.kind == .regular,
      facts.size == Int64(file.length)
    else { return false }
    var hash = Blake2bStream()
    try folder.scan(name.text) { hash.update($0) }
    return Digest.hex(hash.finish()) == file.digest
  }
}
