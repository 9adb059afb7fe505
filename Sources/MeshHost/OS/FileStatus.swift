internal import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// `stat` and its sisters, and what we make of modes and owners.
enum FileStatus {
  static func of(_ fd: Int32) throws(Errno) -> FileFacts {
    var status = stat()
    guard unsafe fstat(fd, &status) == 0 else { throw .last }
    return facts(status)
  }

  /// Of a name in a directory; a link is not followed.
  static func of(_ name: String, in directory: Int32) throws(Errno) -> FileFacts {
    var status = stat()
    guard unsafe fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { throw .last }
    return facts(status)
  }

  static func ofPath(_ path: String, followLinks: Bool) throws(Errno) -> FileFacts {
    var status = stat()
    let code = unsafe followLinks ? stat(path, &status) : lstat(path, &status)
    guard code == 0 else { throw .last }
    return facts(status)
  }

  static var ourselves: UInt32 { geteuid() }

  static func isOursOrRoots(_ facts: FileFacts) -> Bool {
    facts.owner == 0 || facts.owner == ourselves
  }

  static func allows(_ facts: FileFacts, _ policy: FilePolicy) -> Bool {
    switch policy {
    case .secret: facts.owner == ourselves && facts.mode & 0o077 == 0
    case .config: isOursOrRoots(facts) && facts.mode & 0o022 == 0
    case .any: true
    }
  }

  private static func facts(_ status: stat) -> FileFacts {
    #if canImport(Glibc)
      let (time, change) = (status.st_mtim, status.st_ctim)
    #else
      let (time, change) = (status.st_mtimespec, status.st_ctimespec)
    #endif
    let kind: FileFacts.Kind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .regular
      case S_IFDIR: .directory
      case S_IFLNK: .link
      case S_IFCHR: .characterDevice
      case S_IFSOCK: .socket
      default: .other
      }
    return FileFacts(
      kind: kind, size: Int64(status.st_size), mode: UInt32(status.st_mode) & 0o7777,
      owner: status.st_uid,
      modified: Int64(time.tv_sec).multipliedReportingOverflow(by: 1000).partialValue
        &+ Int64(time.tv_nsec) / 1_000_000,
      changed: Int64(change.tv_sec).multipliedReportingOverflow(by: 1_000_000_000).partialValue
        &+ Int64(change.tv_nsec),
      inode: UInt64(status.st_ino), device: UInt64(truncatingIfNeeded: status.st_rdev))
  }
}
