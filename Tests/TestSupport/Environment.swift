internal import CLibrary

/// The tests' own environment and account, and the search for programs.
public enum Environment {
  /// - Returns: `nil` if it is unset or empty.
  public static func value(_ name: String) -> String? {
    guard let text = unsafe getenv(name) else { return nil }
    let value = unsafe String(cString: text)
    return value.isEmpty ? nil : value
  }

  /// Where system programs are searched, the administrator's too.
  public static var path: String {
    let more = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return value("PATH").map { "\($0):\(more)" } ?? more
  }

  /// - Returns: the absolute path of a program, as a shell would find it.
  public static func find(_ name: String, in path: String) -> String? {
    if name.contains("/") { return name }
    return path.split(separator: ":").map { "\($0)/\(name)" }
      .first { unsafe access($0, X_OK) == 0 }
  }

  public static var userID: UInt32 { getuid() }
  public static var isRoot: Bool { userID == 0 }

  public static var processors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// Processor time that the calling thread has used.
  public static var threadTime: Duration {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }

  /// The account's name according to the system.
  public static var userName: String {
    guard let entry = unsafe getpwuid(getuid()) else { return "nobody" }
    return unsafe String(cString: entry.pointee.pw_name)
  }

  public static var isLinux: Bool {
    #if os(Linux)
      true
    #else
      false
    #endif
  }
}
