internal import CLibrary

/// Why a terminal was not looked at or written to.
package enum TerminalError: Error, Equatable, Sendable {
  /// Missing, no terminal, or somebody else's.
  case notOurs
  /// It is stopped, or nobody reads its other end.
  case blocked
  case system(SystemError)
}

/// How a terminal hands lines to its reader.
package struct TerminalMode: Equatable, Sendable {
  /// ICANON: line by line, at most 4,095 bytes each.
  package let canonical: Bool
  package let echo: Bool

  package init(canonical: Bool, echo: Bool) {
    self.canonical = canonical
    self.echo = echo
  }
}

/// Other programs' terminals, by path: opened without becoming ours, only if the device belongs to us.
package enum TerminalDevice {
  package static func mode(of path: String) throws(TerminalError) -> TerminalMode {
    let tty = try open(path, O_RDONLY)
    var settings = termios()
    guard unsafe tcgetattr(tty.raw, &settings) == 0 else { throw .notOurs }
    return TerminalMode(
      canonical: settings.c_lflag & tcflag_t(ICANON) != 0,
      echo: settings.c_lflag & tcflag_t(ECHO) != 0)
  }

  /// Prints bytes on it, as write(1) does. The caller has made them safe.
  package static func write(
    _ bytes: [UInt8], to path: String, within time: Duration = .seconds(2)
  ) throws(TerminalError) {
    let tty = try open(path, O_WRONLY)
    let end = ContinuousClock.now + time
    var rest = bytes[...]
    while !rest.isEmpty {
      do {
        rest = rest.dropFirst(try tty.write(rest))
      } catch {
        throw .system(SystemError(error, "write to terminal", path))
      }
      guard !rest.isEmpty else { return }
      var interests = [Waiting.Interest(tty.raw, forWriting: true)]
      if !Waiting.poll(&interests, until: end), ContinuousClock.now >= end { throw .blocked }
    }
  }

  /// Throws away what was written to a terminal's program and not read yet. A terminal that is not ours is left alone.
  package static func dropUnread(_ path: String) {
    guard let tty = try? open(path, O_RDONLY) else { return }
    // Of our own terminal, from the background, it would stop us.
    var only = sigset_t()
    var before = sigset_t()
    unsafe sigemptyset(&only)
    unsafe sigaddset(&only, SIGTTOU)
    _ = unsafe pthread_sigmask(SIG_BLOCK, &only, &before)
    _ = tcflush(tty.raw, TCIFLUSH)
    _ = unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
  }

  /// Columns of one of our own streams; nil: no terminal, or it does not say.
  package static func columns(of stream: Standard.Stream = .output) -> Int? {
    var size = winsize()
    guard unsafe ioctl(stream.rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return nil
    }
    return Int(size.ws_col)
  }

  /// The foreground process group of the terminal on which this process lives (a pane's own, say).
  /// (`tcgetpgrp` answers for one's own terminal only.) nil: none.
  package static func foregroundGroup(ofProcess pid: Int32) -> Int32? {
    guard let group = ProcessTable.facts(of: pid)?.foregroundGroup, group > 0 else { return nil }
    return group
  }

  /// The device number, comparable with `ProcessFacts.terminal`; nil: no character device.
  package static func number(of path: String) -> UInt64? {
    guard isPlausible(path), let facts = try? FileStatus.ofPath(path, followLinks: false),
      facts.kind == .characterDevice, facts.device != 0
    else { return nil }
    return facts.device
  }

  private static func isPlausible(_ path: String) -> Bool {
    path.hasPrefix("/dev/") && path.utf8.count <= 128 && !path.utf8.contains(0)
      && !path.split(separator: "/").contains("..")
  }

  private static func open(_ path: String, _ access: Int32) throws(TerminalError) -> Descriptor {
    guard isPlausible(path) else { throw .notOurs }
    let flags = access | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC
    let tty = Descriptor(systemOpen(path, flags))
    guard tty.isOpen else { throw .system(SystemError(.last, "open terminal", path)) }
    guard let facts = try? FileStatus.of(tty.raw), facts.kind == .characterDevice,
      facts.owner == FileStatus.ourselves, isatty(tty.raw) == 1
    else { throw .notOurs }
    return tty
  }
}

private func systemOpen(_ path: String, _ flags: Int32) -> Int32 { unsafe open(path, flags) }
