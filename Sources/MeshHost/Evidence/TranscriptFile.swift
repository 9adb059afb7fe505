internal import CLibrary

/// A file that an agent of this account writes and we only read. Refused if it is a link or a pipe,
/// belongs to another account, or can be written or replaced by others. Only its end is read,
/// however long it is.
package struct TranscriptFile: ~Copyable {
  /// The maximum number of bytes that are read from its end.
  static let most = 8 << 20

  private let file: Descriptor

  /// `nil` if there is no such file or it proves nothing.
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

  /// In bytes.
  package var size: Int64 { (try? FileStatus.of(file.raw))?.size ?? 0 }

  /// The end of the file.
  /// - Parameter start: bytes before this are not read.
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
