internal import CBuild

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The program that this process runs.
package enum OwnProgram {
  /// The commit it was built from, `+` at its end where the tree had changes; empty where that is not known.
  package static var commit: String { unsafe String(cString: agent_mesh_commit()) }

  /// Absolute; nil when the system does not tell, or the program was replaced meanwhile.
  package static var path: String? {
    #if canImport(Glibc)
      guard let path = ProcFile.link("/proc/self/exe"), path.hasPrefix("/"),
        !path.hasSuffix(" (deleted)")
      else { return nil }
      return path
    #else
      return CommandLine.arguments.first.flatMap { $0.hasPrefix("/") ? $0 : nil }
    #endif
  }

  /// Whether `/` is nobody's: users are numbered otherwise here than outside, as in most sandboxes.
  package static var isInUserNamespace: Bool {
    (try? FileStatus.ofPath("/", followLinks: false)).map { $0.owner != 0 } ?? false
  }

  /// The system ends this process then, whatever it waits for. - Parameter seconds: from now.
  package static func end(after seconds: UInt32) { _ = alarm(seconds) }

  /// Ends this process; what was printed stays printed.
  package static func exit(_ code: Int32) -> Never { systemExit(code) }
}

private func systemExit(_ code: Int32) -> Never { exit(code) }
