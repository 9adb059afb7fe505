internal import CLibrary

/// `stat` and its variants, and what we conclude from modes and owners. `Directory` refuses
/// insecure files with it.
enum FileStatus {
  static func of(_ fd: Int32) throws(Errno) -> FileFacts {
    var status = stat()
    guard unsafe fstat(fd, &status) == 0 else { throw .last }
    return facts(status)
  }

  /// The facts of a name in a directory; a link is not followed.
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

  static let ourselves = geteuid()

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
    let (time, change) = (Platform.modified(status), Platform.changed(status))
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

/// Why a file or directory could not be read or written. Paths are made printable.
package enum FileError: Error, Equatable, Sendable {
  case missing(path: String)
  /// A file of that name exists already.
  case exists(path: String)
  /// Not one plain component: empty, `.`, `..`, with `/` or NUL, or above 255 bytes.
  case badName
  /// A link, device, pipe or directory instead of a regular file, or a link instead of a directory.
  case notRegular(path: String)
  case tooLarge(path: String, limit: Int)
  /// Others could read or write it, or it belongs to another account. `mode`: the permission bits.
  case insecure(path: String, mode: UInt32, owner: UInt32)
  /// A lock was not free in time.
  case timeout(path: String)
  case system(SystemError)

  init(_ code: Errno, _ verb: StaticString, _ path: String) {
    switch code {
    case .noSuchFileOrDirectory: self = .missing(path: Printable.line(path))
    case .fileExists: self = .exists(path: Printable.line(path))
    case .tooManySymbolicLinkLevels, .isDirectory: self = .notRegular(path: Printable.line(path))
    default: self = .system(SystemError(code, verb, path))
    }
  }
}

extension FileError {
  static let denied = "ls -ld ~/.agents"

  /// The command that shows the cause.
  package var look: String {
    if case .system(let error) = self, error.code == .permissionDenied { return Self.denied }
    return "df -h ~/.agents"
  }

  /// - Parameter code: what a system call returned.
  static func check(
    _ code: Int32, _ verb: StaticString, _ path: String
  ) throws(FileError) {
    if code != 0 { throw FileError(.last, verb, path) }
  }
}

extension Descriptor {
  /// - Parameter path: for messages.
  borrowing func facts(_ path: String) throws(FileError) -> FileFacts {
    do { return try FileStatus.of(raw) } catch { throw FileError(error, "stat", path) }
  }

  borrowing func synchronise(_ path: String) throws(FileError) {
    try FileError.check(fsync(raw), "sync", path)
  }
}

extension FileError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .missing(let path): "\(path) is missing"
    case .exists(let path): "\(path) exists already"
    case .badName: "that is no file name"
    case .notRegular(let path): "\(path) is not a regular file"
    case .tooLarge(let path, let limit): "\(path) is larger than \(limit) bytes"
    case .insecure(let path, _, _): "others could read or change \(path)"
    case .timeout(let path): "\(path) is locked by another process"
    case .system(let error): "\(error)"
    }
  }
}

/// Which owner and mode a file must have to be read.
package enum FilePolicy: Sendable {
  /// Ours, without any permission for group and others.
  case secret
  /// Ours or root's, without write permission for group and others.
  case config
  case any
}

/// The result of `fstat`.
package struct FileFacts: Equatable, Sendable {
  package enum Kind: Equatable, Sendable {
    case regular, directory, link, characterDevice, socket, other
  }
  package let kind: Kind
  package let size: Int64
  /// Permission bits, `0o7777`.
  package let mode: UInt32
  package let owner: UInt32
  /// Milliseconds since 1970.
  package let modified: Int64
  /// The last change of any kind, in nanoseconds since 1970. The kernel sets it; no program can.
  package let changed: Int64
  package let inode: UInt64
  /// The device that a device file stands for.
  package let device: UInt64
}
