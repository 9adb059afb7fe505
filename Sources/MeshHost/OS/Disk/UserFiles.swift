internal import CLibrary

/// Why a file of the user cannot be sent.
package enum SourceFileError: Error, Equatable, Sendable {
  case missing
  case unreadable
  case directory
  /// A pipe, a device, a socket.
  case notRegular
  /// stdin had more bytes than a file may have.
  case tooLarge
  case disk
}

/// A file of the user that is read once, up to the size that it had when it was opened.
package final class SourceFile: Sendable {
  private let file: Descriptor
  /// The file's facts when it was opened.
  private let facts: FileFacts
  /// In bytes.
  package var size: Int64 { facts.size }

  private init(_ file: consuming Descriptor, _ facts: FileFacts) {
    self.file = file
    self.facts = facts
  }

  /// Opens any path; links are followed.
  package static func open(_ path: String) throws(SourceFileError) -> SourceFile {
    guard !path.isEmpty, !path.utf8.contains(0) else { throw .missing }
    let flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
    let file = Descriptor(systemOpen(path, flags))
    guard file.isOpen else {
      throw errno == ENOENT || errno == ENOTDIR ? .missing : .unreadable
    }
    guard let facts = try? FileStatus.of(file.raw) else { throw .unreadable }
    if facts.kind == .directory { throw .directory }
    guard facts.kind == .regular else { throw .notRegular }
    return SourceFile(file, facts)
  }

  /// A file that a program of this account writes, and that nobody else can write or replace.
  /// - Returns: `nil` if there is none, or it is a link or a pipe.
  package static func own(_ path: String) -> SourceFile? {
    guard path.hasPrefix("/"), path.utf8.count <= 4096, !path.utf8.contains(0) else { return nil }
    let file = Descriptor(
      systemOpen(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC))
    guard file.isOpen, let facts = try? FileStatus.of(file.raw), facts.kind == .regular,
      facts.owner == FileStatus.ourselves, facts.mode & 0o022 == 0,
      Directory.insecureAncestor(path) == nil
    else { return nil }
    return SourceFile(file, facts)
  }

  /// Copies all of stdin.
  /// - Parameter limit: in bytes.
  static func standardInput(
    in directory: borrowing Directory, limit: Int64, until end: ContinuousClock.Instant
  ) throws(SourceFileError) -> SourceFile {
    try kept(in: directory, limit: limit) { () throws(SourceFileError) in
      do { return try Standard.read(atMost: 1 << 18, until: end) } catch { throw .unreadable }
    }
  }

  /// A directory as a tar archive, made by the system's `tar`.
  /// - Parameter limit: in bytes.
  static func archive(
    of path: String, in directory: borrowing Directory, limit: Int64,
    until end: ContinuousClock.Instant
  ) throws(SourceFileError) -> SourceFile {
    let trimmed = path.utf8.last == UInt8(ascii: "/") ? String(path.dropLast()) : path
    let (parent, name) = UserFile.split(trimmed)
    let from = ["", ".", ".."].contains(name) ? [path, "--", "."] : [parent, "--", name]
    do {
      var tar = try Conversation("tar", ["-cf", "-", "-C"] + from, complaintLimit: 0)
      tar.closeInput()
      let file = try kept(in: directory, limit: limit) { () throws(SourceFileError) in
        do { return try tar.read(atMost: 1 << 18, until: end) } catch { throw .unreadable }
      }
      guard try tar.finish(until: end).status == 0 else { throw SourceFileError.unreadable }
      return file
    } catch let error as SourceFileError { throw error } catch { throw .unreadable }
  }

  /// Collects pieces in a file without a name, because the length must be known before sending.
  private static func kept(
    in directory: borrowing Directory, limit: Int64,
    _ next: () throws(SourceFileError) -> [UInt8]
  ) throws(SourceFileError) -> SourceFile {
    let name = ".stdin-\(getpid())-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
    let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
    let file = Descriptor(unsafe openat(directory.handle.raw, name, flags, 0o600))
    guard file.isOpen, unsafe unlinkat(directory.handle.raw, name, 0) == 0 else { throw .disk }
    var size: Int64 = 0
    while true {
      let piece = try next()
      if piece.isEmpty { break }
      size += Int64(piece.count)
      guard size <= limit else { throw .tooLarge }
      do { try file.writeAll(piece[...]) } catch { throw .disk }
    }
    guard let facts = try? FileStatus.of(file.raw), facts.size == size else { throw .disk }
    return SourceFile(file, facts)
  }

  /// Appends up to `count` bytes from `offset` to `bytes`.
  /// - Returns: the number of bytes; 0 at the end; `nil` if the file cannot be read.
  func read(appendingTo bytes: inout [UInt8], at offset: Int64, atMost count: Int) -> Int? {
    var got = 0
    let fd = file.raw
    bytes.append(addingCapacity: count) { output in
      unsafe output.withUnsafeMutableBufferPointer { buffer, filled in
        guard let start = buffer.baseAddress else { return }
        got = unsafe pread(fd, start + filled, min(count, buffer.count - filled), off_t(offset))
        filled += max(0, got)
      }
    }
    return got < 0 ? nil : got
  }

  /// The end of the file.
  /// - Parameter start: bytes before this are not read.
  package func tail(from start: Int64 = 0, limit: Int = SourceFile.mostOfTail) -> [UInt8] {
    let begin = max(start, size - Int64(limit))
    var bytes: [UInt8] = []
    while begin + Int64(bytes.count) < size,
      let count = read(
        appendingTo: &bytes, at: begin + Int64(bytes.count),
        atMost: min(1 << 20, Int(size - begin) - bytes.count)), count > 0
    {}
    return bytes
  }

  package static let mostOfTail = 8 << 20

  /// Whether size and times are unchanged. The time of the last change of any kind is compared too,
  /// because no program can set it back.
  var isUnchanged: Bool {
    guard let now = try? FileStatus.of(file.raw) else { return false }
    return now.size == facts.size && now.modified == facts.modified && now.changed == facts.changed
  }
}

/// Reads and writes files that the user names: any path, links followed, with a limit. Our own
/// files go through `Directory`, which is stricter.
package enum UserFile {
  package static func read(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
    let (folder, name) = split(path)
    return try Directory.openAny(folder).read(name, limit: limit, policy: .any)
  }

  /// Creates a file with mode 0600; `.exists` if there is one.
  package static func create(_ path: String, _ bytes: [UInt8]) throws(FileError) {
    let (folder, name) = split(path)
    try Directory.openAny(folder).createExclusive(name, bytes)
  }

  /// Creates or replaces a file with mode 0600, in an existing directory. A link of that name is
  /// replaced, not followed.
  package static func write(_ path: String, _ bytes: [UInt8]) throws(FileError) {
    let (folder, name) = split(path)
    try Directory.openAny(folder).writeAtomically(name, bytes, sync: false)
  }

  fileprivate static func split(_ path: String) -> (folder: String, name: String) {
    guard let cut = path.lastIndex(of: "/") else { return (".", path) }
    let folder = cut == path.startIndex ? "/" : String(path[..<cut])
    return (folder, String(path[path.index(after: cut)...]))
  }
}
