#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Why we cannot say whose account this is.
package enum AccountError: Error, Equatable, Sendable {
  case noHome
  case homeNotAbsolute
  /// It is missing, no directory, or somebody else's.
  case homeNotOurs(path: String)
}

/// The account that we run as. No NSS: a static program has none.
package struct Account: Sendable, Equatable {
  package let uid: UInt32
  /// From `/etc/passwd`; where it is not there: `LOGNAME` or `USER` if plain, else `uid-<n>`.
  package let user: String
  /// From `HOME`: absolute, a directory, ours.
  package let home: String
  /// `hostname -s`, made printable.
  package let hostName: String

  package init(_ environment: Environment) throws(AccountError) {
    guard let home = environment.home else { throw .noHome }
    guard home.hasPrefix("/"), home.utf8.count <= 4096, !home.utf8.contains(0) else {
      throw .homeNotAbsolute
    }
    let facts = try? FileStatus.ofPath(home, followLinks: true)
    guard let facts, facts.kind == .directory, facts.owner == FileStatus.ourselves else {
      throw .homeNotOurs(path: Printable.line(home))
    }
    self.home = home.count > 1 && home.hasSuffix("/") ? String(home.dropLast()) : home
    uid = FileStatus.ourselves
    user = Account.name(of: uid, environment)
    hostName = Account.shortHostName()
  }

  private static func name(of uid: UInt32, _ environment: Environment) -> String {
    if let name = entry(of: uid)?.first, isPlain(name) { return String(name) }
    for name in ["LOGNAME", "USER"] {
      if let value = environment.filled(name), isPlain(value[...]) { return value }
    }
    return "uid-\(uid)"
  }

  /// The home that `/etc/passwd` has for us, where ssh looks; nil when it has none.
  static var registeredHome: String? {
    entry(of: FileStatus.ourselves).flatMap { $0.count > 5 ? String($0[5]) : nil }
  }

  /// The fields of our line in `/etc/passwd`.
  private static func entry(of uid: UInt32) -> [Substring]? {
    guard let etc = try? Directory.open("/etc", requirePrivate: false),
      let bytes = try? etc.read("passwd", limit: 1 << 20, policy: .config)
    else { return nil }
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let fields = line.split(separator: ":", omittingEmptySubsequences: false)
      if fields.count >= 3, UInt32(fields[2]) == uid { return fields }
    }
    return nil
  }

  private static func isPlain(_ name: Substring) -> Bool {
    (1...64).contains(name.utf8.count) && name.first != "-"
      && name.unicodeScalars.allSatisfy {
        $0.isASCII && ($0.properties.isAlphabetic || "0123456789._-".unicodeScalars.contains($0))
      }
  }

  private static func shortHostName() -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard unsafe gethostname(&buffer, 255) == 0 else { return "" }
    let bytes = buffer.prefix { $0 != 0 && $0 != CChar(UInt8(ascii: ".")) }
    return Printable.line(bytes.map { UInt8(bitPattern: $0) }, limit: 63)
  }
}
