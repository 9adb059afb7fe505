internal import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// What every program of ours does first.
package enum ProcessHardening {
  /// Files are ours alone (umask 077), memory leaves no core and no ptrace by our own account's other
  /// programs, a closed pipe is an error code, and 0, 1 and 2 are open, so that no file of ours becomes one of them.
  package static func apply() {
    umask(0o077)
    var none = rlimit(rlim_cur: 0, rlim_max: 0)
    #if canImport(Glibc)
      unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
      // The limit alone does not stop a core that is piped to a program.
      _ = processControl(4, 0, 0, 0, 0)
    #else
      unsafe setrlimit(RLIMIT_CORE, &none)
    #endif
    SignalSetup.once()
    for fd in Int32(0)...2 where fcntl(fd, F_GETFD) < 0 {
      _ = unsafe open("/dev/null", O_RDWR)
    }
  }

  /// Overwrites our arguments but the name, so that `ps` of another account no longer shows a message's text.
  /// `CommandLine.arguments` keeps its copies.
  package static func hideArguments() {
    _ = CommandLine.arguments
    #if os(Linux)
      guard let area = ProcessTable.ownArgumentArea() else { return }
      guard let start = unsafe UnsafeMutablePointer<UInt8>(bitPattern: area.lowerBound) else {
        return
      }
      let name = unsafe strnlen(
        UnsafeRawPointer(start).assumingMemoryBound(to: CChar.self), area.count)
      guard name < area.count else { return }
      unsafe (start + name).update(repeating: 0, count: area.count - name)
    #endif
  }
}

#if canImport(Glibc)
  /// `prctl` of <sys/prctl.h> is variadic, and so not imported; 4 is PR_SET_DUMPABLE.
  @_silgen_name("prctl")
  private func processControl(
    _ option: Int32, _ first: UInt, _ second: UInt, _ third: UInt, _ fourth: UInt
  ) -> Int32
#endif
