/// Text in columns of a terminal. Widths follow East Asian wide characters, emoji and combining marks, not
/// `wcwidth`, which knows only ASCII under `LC_ALL=C`.
package enum Cells {
  /// Exactly `width` columns: padded with blanks, or cut with `…`.
  package static func fit(_ text: String, to width: Int) -> String {
    let wide = DisplayWidth.of(text)
    guard wide > width else { return text + String(repeating: " ", count: width - wide) }
    return cut(text, to: width)
  }

  /// Cut in the middle, so that both ends of an address stay visible, and padded to exactly `width` columns.
  package static func cut(_ text: String, to width: Int) -> String {
    guard width > 1 else { return width == 1 ? "…" : "" }
    let tail = min(width / 3, 12)
    let head = take(Array(text), width - 1 - tail)
    let end = String(take(Array(text.reversed()), tail).reversed())
    let cut = head + "…" + end
    return cut + String(repeating: " ", count: max(0, width - DisplayWidth.of(cut)))
  }

  private static func take(_ characters: [Character], _ width: Int) -> String {
    var (text, used) = ("", 0)
    for character in characters {
      let wide = DisplayWidth.of(String(character))
      guard used + wide <= width else { break }
      text.append(character)
      used += wide
    }
    return text
  }
}

/// Terminal colours, or none. They emphasise what the words say and add no information.
package struct Paint: Sendable {
  private let isOn: Bool

  package init(_ isOn: Bool) { self.isOn = isOn }

  package func dim(_ text: String) -> String { wrap(text, "2") }
  package func warn(_ text: String) -> String { wrap(text, "33") }
  package func bad(_ text: String) -> String { wrap(text, "31") }
  package func good(_ text: String) -> String { wrap(text, "32") }

  /// Colours the first `stateWidth` columns of a row by the agent's state.
  func row(_ line: String, _ agent: AgentRow, stateWidth: Int) -> String {
    guard isOn else { return line }
    let state = String(line.prefix(stateWidth))
    let rest = String(line.dropFirst(stateWidth))
    return wrap(state, colour(agent.state)) + (agent.reach == .silent ? wrap(rest, "2") : rest)
  }

  private func colour(_ state: PaneState?) -> String {
    switch state {
    case .ready: "32"
    case .dialog, .password: "1;35"
    case .dead: "31"
    case .draft, .mode, .inputOff, .unknown: "33"
    case .busyAccepting, .busyRefusing, .humanTyping: "36"
    case .shellPrompt, nil: "2"
    }
  }

  private func wrap(_ text: String, _ code: String) -> String {
    isOn && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}
