internal import CBuild
internal import CLibrary

/// The program that this process runs.
package enum OwnProgram {
  /// The commit it was built from, `+` at its end where the tree had changes; empty where that is not known.
  package static var commit: String { unsafe String(cString: agent_mesh_commit()) }

  /// Absolute; nil when the system does not tell, or the program was replaced meanwhile.
  package static var path: String? {
    guard let path = ProcessTable.executable(of: ProcessTable.own), path.hasPrefix("/"),
      !path.hasSuffix(" (deleted)")
    else { return nil }
    return path
  }

  /// Whether `/` is nobody's: users are numbered otherwise here than outside, as in most sandboxes.
  package static var isInUserNamespace: Bool {
    (try? FileStatus.ofPath("/", followLinks: false)).map { $0.owner != 0 } ?? false
  }

  /// The system ends this process then, whatever it waits for. - Parameter seconds: from now.
  package static func end(after seconds: UInt32) { _ = alarm(seconds) }

  /// Becomes another program, which is looked for in PATH. The arguments follow its name.
  /// - Returns: only when that could not be: why.
  package static func become(_ program: String, _ arguments: [String]) -> SystemError {
    var words = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
    _ = unsafe execvp(program, &words)
    return SystemError(.last, "start", program)
  }

  /// Whether a program of that name lies in PATH.
  package static func find(_ name: String, _ environment: Environment) -> Bool {
    (environment.path ?? "").split(separator: ":").contains { folder in
      (try? FileStatus.ofPath("\(folder)/\(name)", followLinks: true))?.kind == .regular
    }
  }

  /// Ends this process; what was printed stays printed.
  package static func exit(_ code: Int32) -> Never { systemExit(code) }
}

private func systemExit(_ code: Int32) -> Never { exit(code) }

/// What every program of ours does first.
package enum ProcessHardening {
  /// Files are ours alone (umask 077), memory leaves no core and no ptrace by our own account's other
  /// programs, a closed pipe is an error code, and 0, 1 and 2 are open, so that no file of ours becomes one of them.
  package static func apply() {
    umask(0o077)
    Platform.leaveNoCore()
    SignalSetup.once()
    for fd in Int32(0)...2 where fcntl(fd, F_GETFD) < 0 {
      _ = unsafe open("/dev/null", O_RDWR)
    }
  }

  /// Overwrites our arguments but the name, so that `ps` of another account no longer shows a message's text.
  /// `CommandLine.arguments` keeps its copies.
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
