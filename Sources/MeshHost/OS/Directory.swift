internal import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// An opened directory. Everything in it is reached from the descriptor, by one plain name:
/// whoever moves or links directories behind our back changes nothing.
package struct Directory: ~Copyable, Sendable {
  /// As it was opened; for messages only.
  package let path: String
  let handle: Descriptor

  private init(_ path: String, _ handle: consuming Descriptor) {
    self.path = path
    self.handle = handle
  }

  /// - Parameter create: makes the last component, 0700, when it is missing.
  /// - Parameter requirePrivate: refuses a directory that is not ours or has any bit for group or others.
  ///   Without it, one that is neither ours nor root's, or that others may write, is still refused.
  package static func open(
    _ path: String, create: Bool = false, requirePrivate: Bool = true
  ) throws(FileError) -> Directory {
    guard !path.isEmpty, !path.utf8.contains(0) else { throw .badName }
    return try open(path, in: AT_FDCWD, path: path, create: create, requirePrivate: requirePrivate)
  }

  /// A directory that the user names, whoever owns it and wherever a link leads: to read files of the user's choice.
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

  /// What lies under a name; a link is told, not followed. nil: nothing.
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

  /// The names in it but `.` and `..`, sorted; at most `limit` of them, the rest is left out,
  /// and so is a name that is not UTF-8.
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

  /// Checks a name, and joins it for messages.
  borrowing func at(_ name: String) throws(FileError) -> String {
    guard (1...255).contains(name.utf8.count), name != ".", name != "..",
      !name.utf8.contains(UInt8(ascii: "/")), !name.utf8.contains(0)
    else { throw .badName }
    return path.hasSuffix("/") ? path + name : path + "/" + name
  }
}

/// Turns an errno into a `FileError` with what we were doing.
func wrap<Result: ~Copyable>(
  _ verb: StaticString, _ path: String, _ body: () throws(Errno) -> Result
) throws(FileError) -> Result {
  do {
    return try body()
  } catch {
    throw FileError(error, verb, path)
  }
}
