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

/// Columns that text takes on a terminal, without a locale: `wcwidth` knows only ASCII under `LC_ALL=C`.
/// Wide as in Unicode's EastAsianWidth W and F and in emoji shown as pictures; marks and invisible ones take none.
package enum DisplayWidth {
  /// Control characters count 0: make text safe first.
  package static func of(_ text: String) -> Int {
    text.unicodeScalars.reduce(0) { $0 + of($1) }
  }

  package static func of(_ scalar: Unicode.Scalar) -> Int {
    let value = scalar.value
    if (0x20..<0x7f).contains(value) { return 1 }
    switch scalar.properties.generalCategory {
    case .control, .format, .nonspacingMark, .enclosingMark, .lineSeparator, .paragraphSeparator:
      // The soft hyphen is shown.
      return value == 0xad ? 1 : 0
    default: break
    }
    // Hangul vowels and finals join the syllable before them.
    if (0x1160...0x11ff).contains(value) { return 0 }
    if scalar.properties.isEmojiPresentation { return 2 }
    return wide.contains { $0.contains(value) } ? 2 : 1
  }

  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115f, 0x2329...0x232a, 0x2e80...0x303e, 0x3041...0x3247, 0x3250...0x4dbf,
    0x4e00...0xa4c6, 0xa960...0xa97c, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe10...0xfe19,
    0xfe30...0xfe6b, 0xff01...0xff60, 0xffe0...0xffe6, 0x16fe0...0x18cff, 0x1aff0...0x1b2fb,
    0x1f200...0x1f265, 0x1f900...0x1f9ff, 0x20000...0x3fffd,
  ]
}
