extension Tmux {
  /// Prints text on a pane's terminal, as write(1) does: it is seen and scrolls away, and nothing reads it.
  /// - Parameter text: safe text; what is no printable character or line feed is replaced here all the same.
  /// - Parameter tty: the pane's, as tmux says; it must belong to us.
  package static func show(_ text: String, onTerminal tty: String) throws(TerminalError) {
    var out = Array("\r\n".utf8)
    for scalar in text.unicodeScalars {
      if scalar == "\n" {
        out += Array("\r\n".utf8)
      } else {
        let isControl = scalar.properties.generalCategory == .control
        out += Array(String(isControl ? "\u{FFFD}" : scalar).utf8)
      }
    }
    if out.last != UInt8(ascii: "\n") { out += Array("\r\n".utf8) }
    try TerminalDevice.write(out, to: tty)
  }
}
