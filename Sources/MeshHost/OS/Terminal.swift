internal import CLibrary
package import Mesh

/// Why a terminal could not be examined or written to.
package enum TerminalError: Error, Equatable, Sendable {
  /// Missing, not a terminal, or owned by another account.
  case notOurs
  /// The terminal is stopped, or nothing reads its other end.
  case blocked
  case system(SystemError)
}

/// Terminals of other programs, by path. They are opened only if we own the device,
/// and never become our controlling terminal. Used to read a pane's mode and to
/// show a message without typing.
package enum TerminalDevice {
  /// - Returns: also how many bytes were typed that no program has read yet; of lines, only whole ones.
  package static func mode(
    of path: String
  ) throws(TerminalError) -> (mode: TerminalMode, unread: Int) {
    let tty = try open(path, O_RDONLY)
    var settings = termios()
    var unread: Int32 = 0
    guard unsafe tcgetattr(tty.raw, &settings) == 0,
      unsafe ioctl(tty.raw, Platform.unreadBytes, &unread) == 0
    else { throw .notOurs }
    let mode = TerminalMode(
      canonical: settings.c_lflag & tcflag_t(ICANON) != 0,
      echo: settings.c_lflag & tcflag_t(ECHO) != 0)
    return (mode, Int(unread))
  }

  /// Prints bytes, as write(1) does. The caller has made them safe.
  package static func write(_ bytes: [UInt8], to path: String) throws(TerminalError) {
    let tty = try open(path, O_WRONLY)
    let isWhole: Bool
    do { isWhole = try tty.writeAll(bytes, until: .now + .seconds(2)) } catch {
      throw .system(SystemError(error, "write to terminal", path))
    }
    guard isWhole else { throw .blocked }
  }

  /// Discards the input that a terminal's program has not read yet. A terminal that
  /// is not ours is left alone.
  package static func dropUnread(_ path: String) {
    guard let tty = try? open(path, O_RDONLY) else { return }
    // For our own terminal, this would stop us if we are in the background.
    var only = sigset_t()
    var before = sigset_t()
    unsafe sigemptyset(&only)
    unsafe sigaddset(&only, SIGTTOU)
    _ = unsafe pthread_sigmask(SIG_BLOCK, &only, &before)
    _ = tcflush(tty.raw, TCIFLUSH)
    _ = unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
  }

  /// The columns of stdout; `nil` if it is not a terminal or has no size.
  package static func columns() -> Int? { size().map { Int($0.ws_col) } }

  /// Its rows.
  package static func rows() -> Int? {
    size().flatMap { $0.ws_row > 0 ? Int($0.ws_row) : nil }
  }

  private static func size() -> winsize? {
    var size = winsize()
    guard unsafe ioctl(Standard.Stream.output.rawValue, UInt(TIOCGWINSZ), &size) == 0,
      size.ws_col > 0
    else {
      return nil
    }
    return size
  }

  /// The foreground process group of a process's controlling terminal, such as that of a pane's
  /// process; `nil` if none. (`tcgetpgrp` only answers for one's own terminal.)
  package static func foregroundGroup(ofProcess pid: Int32) -> Int32? {
    guard let group = ProcessTable.facts(of: pid)?.foregroundGroup, group > 0 else { return nil }
    return group
  }

  /// The device number, comparable with `ProcessFacts.terminal`; `nil` if it
  /// is not a character device.
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
