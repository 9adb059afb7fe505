#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

internal import CLibrary

private func rawWrite(_ file: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  unsafe CLibrary.write(file, bytes.baseAddress, bytes.count)
}

/// Small file operations for tests.
public enum Files {
  /// - Returns: `nil` if there is no such file.
  public static func read(_ path: String) -> [UInt8]? {
    FileManager.default.contents(atPath: path).map { Array($0) }
  }

  public static func text(_ path: String) -> String? {
    read(path).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Creates or replaces the file with these permissions.
  public static func write(_ path: String, _ bytes: some Sequence<UInt8>, mode: Int = 0o600) throws
  {
    // Written under another name and then renamed. Not with Foundation, because a child that
    // another test starts now would inherit the open file, and a script that is open for writing
    // cannot be run.
    let draft = "\(path).draft\(UInt32.random(in: .min ... .max))"
    let done = Spawn.withoutStarting {
      let file = unsafe open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      guard file >= 0 else { return false }
      defer { close(file) }
      let all = Array(bytes)
      var sent = 0
      while sent < all.count {
        let count = unsafe all[sent...].withUnsafeBytes { unsafe rawWrite(file, $0) }
        guard count > 0 else { return false }
        sent += count
      }
      return true
    }
    guard done, unsafe rename(draft, path) == 0 else {
      let code = errno
      _ = unsafe unlink(draft)
      throw Trouble("cannot write \(path): \(code)")
    }
    try setMode(path, mode)
  }

  public static func write(_ path: String, _ text: String, mode: Int = 0o600) throws {
    try write(path, text.utf8, mode: mode)
  }

  public static func setMode(_ path: String, _ mode: Int) throws {
    guard unsafe chmod(path, mode_t(mode)) == 0 else { throw Trouble("chmod \(path): \(errno)") }
  }

  /// Creates the directory and its parents with these permissions.
  public static func makeDirectory(_ path: String, mode: Int = 0o700) throws {
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: mode])
  }

  public static func link(_ path: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
  }

  /// - Returns: the names in a directory, sorted; empty if it does not exist.
  public static func list(_ path: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }

  public static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  /// Removes the file or the whole tree; it may be missing.
  public static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

  /// Permissions and owner; `nil` if there is no such file.
  static func status(_ path: String) -> (mode: Int, owner: UInt32)? {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else { return nil }
    return (Int(status.st_mode), status.st_uid)
  }

  /// A new directory that no other account can read.
  static func makeTemporary(in base: String, prefix: String) throws -> String {
    var template = Array("\(base)/\(prefix)XXXXXX".utf8CString)
    guard unsafe mkdtemp(&template) != nil else { throw Trouble("mkdtemp in \(base): \(errno)") }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
