internal import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

extension Directory {
  /// Replaces a file or makes it: readers see the old or the new one, never a part.
  /// - Parameter sync: both file and directory are on the disk when this returns.
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

  /// Makes a file that must not exist; it appears whole or not at all. `.exists`: somebody was first.
  package borrowing func createExclusive(
    _ name: String, _ bytes: [UInt8], mode: UInt32 = 0o600, sync: Bool = true
  ) throws(FileError) {
    _ = try at(name)
    let temporary = try writeTemporary(bytes, mode: mode, sync: sync)
    defer { _ = unsafe unlinkat(handle.raw, temporary, 0) }
    try linkNoReplace(from: temporary, to: name)
    if sync { try synchronise() }
  }

  /// A second name for a file; `.exists` when the name is taken.
  package borrowing func linkNoReplace(from: String, to: String) throws(FileError) {
    _ = try at(from)
    let full = try at(to)
    guard unsafe linkat(handle.raw, from, handle.raw, to, 0) == 0 else {
      throw FileError(.last, "link", full)
    }
  }

  /// Gives a file another name in the same directory, replacing what was there.
  package borrowing func rename(from: String, to: String) throws(FileError) {
    _ = try at(from)
    let full = try at(to)
    guard unsafe renameat(handle.raw, from, handle.raw, to) == 0 else {
      throw FileError(.last, "rename to", full)
    }
  }

  /// - Returns: false when there was none.
  @discardableResult
  package borrowing func remove(_ name: String) throws(FileError) -> Bool {
    let full = try at(name)
    if unsafe unlinkat(handle.raw, name, 0) == 0 { return true }
    if errno == ENOENT { return false }
    throw FileError(.last, "remove", full)
  }

  /// Removes an empty directory. - Returns: false when there was none.
  @discardableResult
  package borrowing func removeDirectory(_ name: String) throws(FileError) -> Bool {
    let full = try at(name)
    if unsafe unlinkat(handle.raw, name, AT_REMOVEDIR) == 0 { return true }
    if errno == ENOENT { return false }
    throw FileError(.last, "remove", full)
  }

  /// One line behind the others in one `write`, so that lines of several processes do not mix.
  /// - Parameter line: with its line feed.
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

  /// The directory itself: names made or removed in it are on the disk.
  package borrowing func synchronise() throws(FileError) {
    guard fsync(handle.raw) == 0 else { throw FileError(.last, "sync", path) }
  }

  /// A new file with a name of ours; the umask does not touch its mode.
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
