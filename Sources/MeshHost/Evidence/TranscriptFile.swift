internal import CLibrary

/// A file that an agent of this account writes and we only read: never a link, a pipe, another account's, nor one that
/// others can write or replace. However long it is, only its end is looked at.
package struct TranscriptFile: ~Copyable {
  /// Bytes of its end that are read at most.
  static let most = 8 << 20

  private let file: Descriptor

  /// nil: no such file, or not one that proves anything.
  package init?(_ path: String) {
    guard path.hasPrefix("/"), path.utf8.count <= 4096, !path.utf8.contains(0) else { return nil }
    let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
    let file = Descriptor(unsafe open(path, flags))
    guard file.isOpen, let facts = try? FileStatus.of(file.raw), facts.kind == .regular,
      facts.owner == FileStatus.ourselves, facts.mode & 0o022 == 0,
      Directory.insecureAncestor(path) == nil
    else { return nil }
    self.file = file
  }

  /// Bytes.
  package var size: Int64 { (try? FileStatus.of(file.raw))?.size ?? 0 }

  /// The end of it.
  /// - Parameter start: nothing before this byte.
  package func tail(from start: Int64 = 0, limit: Int = TranscriptFile.most) -> [UInt8] {
    let size = size
    let begin = max(start, size - Int64(limit))
    guard begin < size, lseek(file.raw, off_t(begin), SEEK_SET) == off_t(begin) else {
      return []
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(size - begin))
    while bytes.count < size - begin,
      let count = try? file.read(
        appendingTo: &bytes, atMost: min(1 << 20, Int(size - begin) - bytes.count)), count > 0
    {}
    return bytes
  }
}
