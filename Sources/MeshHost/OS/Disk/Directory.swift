internal import CLibrary

/// An open directory. Its files are reached from the descriptor, by one plain name. So it makes no
/// difference if somebody moves or links directories meanwhile.
package struct Directory: ~Copyable, Sendable {
  /// The path that was opened; only for messages.
  package let path: String
  let handle: Descriptor

  private init(_ path: String, _ handle: consuming Descriptor) {
    self.path = path
    self.handle = handle
  }

  /// - Parameter create: create the last component with mode 0700 if it is missing.
  /// - Parameter requirePrivate: refuse a directory that is not ours or has any permission for
  ///   group or others. Without it, a directory that is neither ours nor root's, or that others may
  ///   write, is still refused.
  package static func open(
    _ path: String, create: Bool = false, requirePrivate: Bool = true
  ) throws(FileError) -> Directory {
    guard !path.isEmpty, !path.utf8.contains(0) else { throw .badName }
    return try open(path, in: AT_FDCWD, path: path, create: create, requirePrivate: requirePrivate)
  }

  /// A directory that the user names, no matter who owns it and where links lead: to read files that
  /// the user chose.
  static func openAny(_ path: String) throws(FileError) -> Directory {
    guard !path.isEmpty, !path.utf8.contains(0) else { throw .badName }
    let fd = Descriptor(unsafe openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
    guard fd.isOpen else { throw FileError(.last, "open", path) }
    return Directory(path, fd)
  }

  /// A directory in this one.
  package borrowing func subdirectory(
    _ name: String, create: Bool = false, requirePrivate: Bool = true
  ) throws(FileError) -> Directory {
    let full = try at(name)
    return try Directory.open(
      name, in: handle.raw, path: full, create: create, requirePrivate: requirePrivate)
  }

  private static func open(
    _ name: String, in parent: Int32, path: String, create: Bool, requirePrivate: Bool
  ) throws(FileError) -> Directory {
    let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
    var fd = Descriptor(unsafe openat(parent, name, flags))
    if create, !fd.isOpen, errno == ENOENT {
      guard unsafe mkdirat(parent, name, 0o700) == 0 || errno == EEXIST else {
        throw FileError(.last, "make directory", path)
      }
      fd = Descriptor(unsafe openat(parent, name, flags))
    }
    guard fd.isOpen else {
      if errno == ENOTDIR { throw .notRegular(path: Printable.line(path)) }
      throw FileError(.last, "open", path)
    }
    let facts = try wrap("stat", path) { () throws(Errno) in try FileStatus.of(fd.raw) }
    guard FileStatus.allows(facts, requirePrivate ? .secret : .config) else {
      throw .insecure(path: Printable.line(path), mode: facts.mode, owner: facts.owner)
    }
    return Directory(path, fd)
  }

  /// The facts of a file; for a link, of the link itself. `nil` if there is none.
  package borrowing func facts(of name: String) throws(FileError) -> FileFacts? {
    let full = try at(name)
    do {
      return try FileStatus.of(name, in: handle.raw)
    } catch .noSuchFileOrDirectory {
      return nil
    } catch {
      throw FileError(error, "stat", full)
    }
  }

  /// The names in it except `.` and `..`, sorted; at most `limit`. Further names and names that are
  /// not UTF-8 are left out.
  package borrowing func names(limit: Int) throws(FileError) -> [String] {
    let fd = unsafe openat(handle.raw, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard fd >= 0 else { throw FileError(.last, "list", path) }
    guard let stream = unsafe fdopendir(fd) else {
      _ = Descriptor(fd)
      throw FileError(.last, "list", path)
    }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while names.count < limit, let entry = unsafe readdir(stream) {
      let bytes = unsafe withUnsafeBytes(of: entry.pointee.d_name) { unsafe Array($0) }
      let name = String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self)
      if let name, name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Checks a name and returns the full path for messages.
  borrowing func at(_ name: String) throws(FileError) -> String {
    guard (1...255).contains(name.utf8.count), name != ".", name != "..",
      !name.utf8.contains(UInt8(ascii: "/")), !name.utf8.contains(0)
    else { throw .badName }
    return path.hasSuffix("/") ? path + name : path + "/" + name
  }
}

/// Turns an errno into a `FileError` that says what we were doing.
func wrap<Result: ~Copyable>(
  _ verb: StaticString, _ path: String, _ body: () throws(Errno) -> Result
) throws(FileError) -> Result {
  do {
    return try body()
  } catch {
    throw FileError(error, verb, path)
  }
}

extension Directory {
  /// Reads a whole regular file. Links are not followed; pipes and devices do not block us.
  /// - Parameter limit: in bytes; the size is checked before reading.
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
      // The file may grow while we read, and /proc reports size 0: ask for one
      // more byte than the limit.
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
  /// Reads a regular file of ours piece by piece, whatever its size.
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

extension Directory {
  /// Creates or replaces a file. Readers see the old or the new content, never a part.
  /// - Parameter sync: write file and directory to the disk before returning.
  package borrowing func writeAtomically(
    _ name: String, _ bytes: [UInt8], mode: UInt32 = 0o600, sync: Bool = true
  ) throws(FileError) {
    let full = try at(name)
    let temporary = try writeTemporary(bytes, mode: mode, sync: sync)
    guard unsafe renameat(handle.raw, temporary, handle.raw, name) == 0 else {
      let code = Errno.last
      _ = unsafe unlinkat(handle.raw, temporary, 0)
      throw FileError(code, "replace", full)
    }
    if sync { try synchronise() }
  }

  /// Creates a file that must not exist yet, complete or not at all. `.exists`:
  /// another process was first.
  package borrowing func createExclusive(
    _ name: String, _ bytes: [UInt8], mode: UInt32 = 0o600, sync: Bool = true
  ) throws(FileError) {
    _ = try at(name)
    let temporary = try writeTemporary(bytes, mode: mode, sync: sync)
    defer { _ = unsafe unlinkat(handle.raw, temporary, 0) }
    try linkNoReplace(from: temporary, to: name)
    if sync { try synchronise() }
  }

  /// Adds a second name for a file; `.exists` if the name is taken.
  package borrowing func linkNoReplace(from: String, to: String) throws(FileError) {
    _ = try at(from)
    let full = try at(to)
    guard unsafe linkat(handle.raw, from, handle.raw, to, 0) == 0 else {
      throw FileError(.last, "link", full)
    }
  }

  /// Renames a file in this directory, replacing any file of the new name.
  package borrowing func rename(from: String, to: String) throws(FileError) {
    _ = try at(from)
    let full = try at(to)
    guard unsafe renameat(handle.raw, from, handle.raw, to) == 0 else {
      throw FileError(.last, "rename to", full)
    }
  }

  /// - Returns: false if there was no such file.
  @discardableResult
  package borrowing func remove(_ name: String) throws(FileError) -> Bool {
    let full = try at(name)
    if unsafe unlinkat(handle.raw, name, 0) == 0 { return true }
    if errno == ENOENT { return false }
    throw FileError(.last, "remove", full)
  }

  /// Removes an empty directory. - Returns: false if there was none.
  @discardableResult
  package borrowing func removeDirectory(_ name: String) throws(FileError) -> Bool {
    let full = try at(name)
    if unsafe unlinkat(handle.raw, name, AT_REMOVEDIR) == 0 { return true }
    if errno == ENOENT { return false }
    throw FileError(.last, "remove", full)
  }

  /// Appends one line with a single `write`, so that lines of several processes do not mix.
  /// - Parameter line: with its LF.
  package borrowing func append(
    _ name: String, line: [UInt8], mode: UInt32 = 0o600
  ) throws(FileError) {
    let full = try at(name)
    let flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
    let file = Descriptor(unsafe openat(handle.raw, name, flags, mode_t(mode & 0o777)))
    guard file.isOpen else { throw FileError(.last, "open", full) }
    let facts = try wrap("stat", full) { () throws(Errno) in try FileStatus.of(file.raw) }
    guard facts.kind == .regular else { throw .notRegular(path: Printable.line(full)) }
    guard facts.owner == FileStatus.ourselves, facts.mode & 0o022 == 0 else {
      throw .insecure(path: Printable.line(full), mode: facts.mode, owner: facts.owner)
    }
    let count = try wrap("append to", full) { () throws(Errno) in try file.write(line[...]) }
    guard count == line.count else { throw FileError(.noSpace, "append to", full) }
  }

  /// Writes the directory itself to the disk, that is, names that were added or removed.
  package borrowing func synchronise() throws(FileError) {
    guard fsync(handle.raw) == 0 else { throw FileError(.last, "sync", path) }
  }

  /// A new file with a generated name; the umask does not change its mode.
  private borrowing func writeTemporary(
    _ bytes: [UInt8], mode: UInt32, sync: Bool
  ) throws(FileError) -> String {
    let name = ".am-\(getpid())-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
    let full = try at(name)
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
    let file = Descriptor(unsafe openat(handle.raw, name, flags, 0o600))
    guard file.isOpen else { throw FileError(.last, "create", full) }
    do throws(Errno) {
      try file.writeAll(bytes)
      guard fchmod(file.raw, mode_t(mode & 0o777)) == 0 else { throw Errno.last }
      guard !sync || fsync(file.raw) == 0 else { throw Errno.last }
    } catch {
      _ = unsafe unlinkat(handle.raw, name, 0)
      throw FileError(error, "write", full)
    }
    return name
  }
}

/// A directory in which another account could replace our files.
package struct InsecureDirectory: Equatable, Sendable {
  /// The path, made printable.
  package let path: String
  package let mode: UInt32
  package let owner: UInt32
}

extension Directory {
  /// The first directory from `path` up to `/` that is neither ours nor root's, or
  /// that group or others can write without the sticky bit. A link's own directory
  /// and its target are both checked.
  /// - Parameter path: absolute. Components that do not exist (yet) are skipped.
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
    // A link's own mode means nothing; the caller checks its directory next.
    guard facts.kind == .directory else { return false }
    return facts.mode & 0o022 != 0 && facts.mode & 0o1000 == 0
  }
}
