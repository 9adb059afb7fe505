internal import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

extension Directory {
  /// The whole of a regular file; links are not followed, pipes and devices do not hold us.
  /// - Parameter limit: bytes; the size is looked at before anything is read.
  package borrowing func read(
    _ name: String, limit: Int, policy: FilePolicy = .config
  ) throws(FileError) -> [UInt8] {
    let full = try at(name)
    let file = try openForReading(name, full, policy)
    let facts = try wrap("stat", full) { () throws(Errno) in try FileStatus.of(file.raw) }
    guard facts.size <= Int64(limit) else {
      throw .tooLarge(path: Printable.line(full), limit: limit)
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(min(facts.size, 1 << 24)))
    while true {
      // It may grow while we read, and /proc says 0: ask for one more byte than we take.
      let want = min(limit - bytes.count, 1 << 20) + 1
      switch file.read(atMost: want) {
      case .bytes(let piece): bytes += piece
      case .end: return bytes
      case .again: throw .system(SystemError(.resourceTemporarilyUnavailable, "read", full))
      case .failed(let code): throw FileError(code, "read", full)
      }
      guard bytes.count <= limit else {
        throw .tooLarge(path: Printable.line(full), limit: limit)
      }
    }
  }

  fileprivate borrowing func openForReading(
    _ name: String, _ full: String, _ policy: FilePolicy
  ) throws(FileError) -> Descriptor {
    let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
    let file = Descriptor(unsafe openat(handle.raw, name, flags))
    guard file.isOpen else { throw FileError(.last, "open", full) }
    let facts = try wrap("stat", full) { () throws(Errno) in try FileStatus.of(file.raw) }
    guard facts.kind == .regular else { throw .notRegular(path: Printable.line(full)) }
    guard FileStatus.allows(facts, policy) else {
      throw .insecure(path: Printable.line(full), mode: facts.mode, owner: facts.owner)
    }
    return file
  }
}

extension Directory {
  /// A regular file of ours piece by piece, whatever its size.
  borrowing func scan(_ name: String, _ take: ([UInt8]) -> Void) throws(FileError) {
    let full = try at(name)
    let file = try openForReading(name, full, .secret)
    while true {
      switch file.read(atMost: 1 << 18) {
      case .bytes(let piece): take(piece)
      case .end: return
      case .again: throw .system(SystemError(.resourceTemporarilyUnavailable, "read", full))
      case .failed(let code): throw FileError(code, "read", full)
      }
    }
  }
}
