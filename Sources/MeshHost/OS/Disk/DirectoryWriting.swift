internal import CLibrary

/// Changes what a directory holds. A file is written under a temporary name and gets its own when it
/// is complete, so readers see the old or the new content, never a part.
extension Directory {
  /// Creates or replaces a file.
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
    _ name: String, _ bytes: [UInt8]
  ) throws(FileError) {
    _ = try at(name)
    let temporary = try writeTemporary(bytes, mode: 0o600, sync: true)
    defer { _ = unsafe unlinkat(handle.raw, temporary, 0) }
    try linkNoReplace(from: temporary, to: name)
    try synchronise()
  }

  /// Adds a second name for a file; `.exists` if the name is taken.
  package borrowing func linkNoReplace(from: String, to: String) throws(FileError) {
    _ = try at(from)
    let full = try at(to)
    try FileError.check(unsafe linkat(handle.raw, from, handle.raw, to, 0), "link", full)
  }

  /// Renames a file in this directory, replacing any file of the new name.
  package borrowing func rename(from: String, to: String) throws(FileError) {
    _ = try at(from)
    let full = try at(to)
    try FileError.check(unsafe renameat(handle.raw, from, handle.raw, to), "rename to", full)
  }

  /// - Returns: false if there was no such file.
  @discardableResult
  package borrowing func remove(_ name: String) throws(FileError) -> Bool {
    try unlink(name, 0)
  }

  /// Removes an empty directory. - Returns: false if there was none.
  @discardableResult
  package borrowing func removeDirectory(_ name: String) throws(FileError) -> Bool {
    try unlink(name, AT_REMOVEDIR)
  }

  private borrowing func unlink(_ name: String, _ flags: Int32) throws(FileError) -> Bool {
    let full = try at(name)
    let code = unsafe unlinkat(handle.raw, name, flags)
    if code != 0, errno == ENOENT { return false }
    try FileError.check(code, "remove", full)
    return true
  }

  /// Writes the directory itself to the disk, that is, names that were added or removed.
  package borrowing func synchronise() throws(FileError) {
    try FileError.check(fsync(handle.raw), "sync", path)
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
      try file.writeAll(bytes[...])
      guard fchmod(file.raw, mode_t(mode & 0o777)) == 0 else { throw Errno.last }
      guard !sync || fsync(file.raw) == 0 else { throw Errno.last }
    } catch {
      _ = unsafe unlinkat(handle.raw, name, 0)
      throw FileError(error, "write", full)
    }
    return name
  }
}
