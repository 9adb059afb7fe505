internal import CLibrary

/// An open directory. Its files are reached from the descriptor, by one plain name, so it makes no
/// difference if directories are moved or linked meanwhile. `DirectoryWriting.swift` changes files.
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
    let facts = try fd.facts(path)
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

extension Directory {
  /// Reads a whole regular file.
  /// - Parameter limit: in bytes; the size is checked before reading.
  package borrowing func read(
    _ name: String, limit: Int, policy: FilePolicy = .config
  ) throws(FileError) -> [UInt8] {
    let full = try at(name)
    let file = try openRegular(name, O_RDONLY, policy)
    let facts = try file.facts(full)
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

  /// Reads a regular file of ours piece by piece, whatever its size.
  borrowing func scan(_ name: String, _ take: ([UInt8]) -> Void) throws(FileError) {
    let full = try at(name)
    let file = try openRegular(name, O_RDONLY, .secret)
    while true {
      switch file.read(atMost: 1 << 18) {
      case .bytes(let piece): take(piece)
      case .end: return
      case .again: throw .system(SystemError(.resourceTemporarilyUnavailable, "read", full))
      case .failed(let code): throw FileError(code, "read", full)
      }
    }
  }

  /// Opens a regular file. Links are not followed; pipes and devices do not block us.
  /// - Parameter access: O_RDONLY and the like; with O_CREAT, a new file has mode 0600.
  borrowing func openRegular(
    _ name: String, _ access: Int32, _ policy: FilePolicy
  ) throws(FileError) -> Descriptor {
    let full = try at(name)
    let flags = access | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
    let file = Descriptor(unsafe openat(handle.raw, name, flags, 0o600))
    guard file.isOpen else { throw FileError(.last, "open", full) }
    let facts = try file.facts(full)
    guard facts.kind == .regular else { throw .notRegular(path: Printable.line(full)) }
    guard FileStatus.allows(facts, policy) else {
      throw .insecure(path: Printable.line(full), mode: facts.mode, owner: facts.owner)
    }
    return file
  }
}

extension Directory {
  /// The first directory from `path` up to `/` that is neither ours nor root's, or that group or
  /// others can write without the sticky bit: there another account could replace our files. A
  /// link's own directory and its target are both checked.
  /// - Parameter path: absolute. Components that do not exist (yet) are skipped.
  /// - Returns: its path, made printable.
  package static func insecureAncestor(_ path: String) -> String? {
    guard path.hasPrefix("/") else { return "" }
    if let found = walk(path) { return found }
    guard let real = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(real) }
    let text = unsafe String(cString: real)
    return text == path ? nil : walk(text)
  }

  private static func walk(_ path: String) -> String? {
    let parts = path.split(separator: "/").prefix(4096)
    return stride(from: parts.count, through: 0, by: -1).lazy
      .map { "/" + parts.prefix($0).joined(separator: "/") }
      .first { (try? FileStatus.ofPath($0, followLinks: false)).map(isInsecure) ?? false }
      .map { Printable.line($0) }
  }

  private static func isInsecure(_ facts: FileFacts) -> Bool {
    guard FileStatus.isOursOrRoots(facts) else { return true }
    // A link's own mode means nothing; the caller checks its directory next.
    guard facts.kind == .directory else { return false }
    return facts.mode & 0o022 != 0 && facts.mode & 0o1000 == 0
  }
}
