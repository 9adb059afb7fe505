internal import CLibrary

/// The tty on descriptor 0; its modes are restored when the program ends.
struct Terminal {
  private let before: termios

  /// - Returns: nil when descriptor 0 is not a tty.
  init?() {
    var settings = termios()
    guard unsafe tcgetattr(0, &settings) == 0 else { return nil }
    before = settings
  }

  /// One byte at a time, no echo, no signals, CR unchanged.
  func raw() {
    var settings = before
    settings.c_iflag &= ~tcflag_t(BRKINT | ICRNL | INPCK | ISTRIP | IXON)
    settings.c_lflag &= ~tcflag_t(ECHO | ICANON | IEXTEN | ISIG)
    settings.c_oflag |= tcflag_t(OPOST)
    apply(settings)
  }

  /// Whole lines, edited by the kernel.
  func lines(echo: Bool) {
    var settings = before
    settings.c_lflag |= tcflag_t(ICANON | ISIG)
    if echo { settings.c_lflag |= tcflag_t(ECHO) } else { settings.c_lflag &= ~tcflag_t(ECHO) }
    apply(settings)
  }

  func restore() { apply(before) }

  private func apply(_ settings: termios) {
    var settings = settings
    _ = unsafe tcsetattr(0, TCSANOW, &settings)
  }

  var size: Size {
    var window = winsize()
    guard unsafe ioctl(0, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0, window.ws_row > 0
    else { return Size() }
    return Size(columns: Int(window.ws_col), rows: Int(window.ws_row))
  }
}

/// Writes all bytes, however few the descriptor takes at a time.
func writeAll(_ bytes: [UInt8], to descriptor: Int32) {
  var rest = bytes[...]
  while !rest.isEmpty {
    let count = unsafe rest.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
    if count < 0, errno == EINTR { continue }
    guard count > 0 else { return }
    rest = rest.dropFirst(count)
  }
}

/// - Returns: the available input, at most 64 KiB; nil at its end.
func readSome() -> [UInt8]? {
  while true {
    var count = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 65536) { buffer, filled in
      count = unsafe read(0, buffer.baseAddress, 65536)
      filled = max(count, 0)
    }
    if count > 0 { return bytes }
    guard count < 0, errno == EINTR else { return nil }
  }
}

/// Milliseconds of the machine's monotonic clock.
func clockNow() -> Int {
  var time = timespec()
  _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
  return Int(time.tv_sec) * 1000 + Int(time.tv_nsec) / 1_000_000
}
