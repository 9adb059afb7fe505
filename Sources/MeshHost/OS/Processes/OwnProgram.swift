internal import CBuild
internal import CLibrary

/// The program that this process runs: its path, to start it again in the background, and the
/// commit it was built from.
package enum OwnProgram {
  /// The commit it was built from, with `+` if the tree had changes; empty if unknown.
  package static var commit: String { unsafe String(cString: agent_mesh_commit()) }

  /// Absolute; `nil` if unknown or if the program was replaced since it started.
  package static var path: String? {
    guard let path = ProcessTable.executable(of: ProcessTable.own), path.hasPrefix("/"),
      !path.hasSuffix(" (deleted)")
    else { return nil }
    return path
  }

  /// Whether we are in a user namespace, as most sandboxes are: root then has another number, so
  /// `/` does not seem to be root's.
  package static var isInUserNamespace: Bool {
    (try? FileStatus.ofPath("/", followLinks: false)).map { $0.owner != 0 } ?? false
  }

  /// The system ends this process after that time, whatever it is waiting for.
  /// - Parameter seconds: from now.
  package static func end(after seconds: UInt32) { _ = alarm(seconds) }

  /// Becomes another program, which is looked for in PATH. The arguments follow its name.
  /// - Returns: only when that could not be: why.
  package static func become(_ program: String, _ arguments: [String]) -> SystemError {
    var words = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
    _ = unsafe execvp(program, &words)
    return SystemError(.last, "start", program)
  }

  /// Whether there is a program of that name in PATH.
  package static func find(_ name: String, _ environment: Environment) -> Bool {
    (environment.path ?? "").split(separator: ":").contains { folder in
      (try? FileStatus.ofPath("\(folder)/\(name)", followLinks: true))?.kind == .regular
    }
  }

  /// Ends this process; what was printed stays printed.
  package static func exit(_ code: Int32) -> Never { systemExit(code) }
}

private func systemExit(_ code: Int32) -> Never { exit(code) }

/// The first thing that each of our programs does.
package enum ProcessHardening {
  /// Sets umask 077 so that new files are only ours; forbids core files and ptrace by other
  /// programs of this account; makes writing to a closed pipe an error; opens 0, 1 and 2 so that no
  /// file of ours gets these numbers.
  package static func apply() {
    umask(0o077)
    Platform.leaveNoCore()
    SignalSetup.once()
    for fd in Int32(0)...2 where fcntl(fd, F_GETFD) < 0 {
      _ = unsafe open("/dev/null", O_RDWR)
    }
  }

  /// Overwrites our arguments except the name, so that other accounts' `ps` no longer shows a
  /// message's text. `CommandLine.arguments` keeps its copies.
  package static func hideArguments() {
    _ = CommandLine.arguments
    guard let area = ProcessTable.ownArgumentArea(),
      let start = unsafe UnsafeMutablePointer<UInt8>(bitPattern: area.lowerBound)
    else { return }
    let name = unsafe strnlen(
      UnsafeRawPointer(start).assumingMemoryBound(to: CChar.self), area.count)
    guard name < area.count else { return }
    unsafe (start + name).update(repeating: 0, count: area.count - name)
  }
}
