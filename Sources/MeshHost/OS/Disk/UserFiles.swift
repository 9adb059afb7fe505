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
    let cut = trimmed.lastIndex(of: "/")
    let name = cut.map { String(trimmed[trimmed.index(after: $0)...]) } ?? trimmed
    let isNamed = !["", ".", ".."].contains(name)
    let parent = cut.map { $0 == trimmed.startIndex ? "/" : String(trimmed[..<$0]) } ?? "."
    let from = isNamed ? [parent, "--", name] : [path, "--", "."]
    do {
      var tar = try Conversation("tar", ["-cf", "-", "-C"] + from, stderr: .discard)
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
      do { try file.writeAll(piece) } catch { throw .disk }
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

  /// Whether size and times are unchanged. The time of the last change of any kind is compared too,
  /// because no program can set it back.
  var isUnchanged: Bool {
    guard let now = try? FileStatus.of(file.raw) else { return false }
    return now.size == facts.size && now.modified == facts.modified && now.changed == facts.changed
  }
}

private func systemOpen(_ path: String, _ flags: Int32) -> Int32 { unsafe open(path, flags) }

/// Reads and writes files that the user names: any path, links followed, with a limit. Our own
/// files go through `Directory`, which is stricter.
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
  /// Creates a file that the user names, with mode 0600 unless `mode` says
  /// otherwise; `.exists` if there is one.
  package static func create(_ path: String, _ bytes: [UInt8], mode: UInt32 = 0o600)
    throws(FileError)
  {
    let cut = path.lastIndex(of: "/")
    let folder = cut.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let name = cut.map { String(path[path.index(after: $0)...]) } ?? path
    try Directory.openAny(folder).createExclusive(name, bytes, mode: mode)
  }

  /// Creates or replaces a file with mode 0600, in an existing directory. A link of that name is
  /// replaced, not followed.
  package static func write(_ path: String, _ bytes: [UInt8]) throws(FileError) {
    let cut = path.lastIndex(of: "/")
    let folder = cut.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let name = cut.map { String(path[path.index(after: $0)...]) } ?? path
    let directory = try Directory.openAny(folder)
    try directory.writeAtomically(name, bytes, sync: false)
  }
}
