extension ShippedProfiles {
  /// Codex 0.163. No frame: a blank row, or the padding of a filled band, above and below; then a row of hints, which a draft of
  /// newlines pushes down. In menus and dialogs its cursor is hidden.
  static let codex = #"""
    profile 1
    name codex
    kind agent
    process codex
    script codex
    script codex.js
    command codex
    prompt "› "
    above blank
    below blank words
    cursor shown
    command-start "/"
    command-start "!"
    command-start "@"
    command-start "$"
    busy "esc to interrupt"
    busy-title "⠀*"
    busy-title "⠋*"
    busy-title "⠙*"
    busy-title "⠹*"
    busy-title "⠸*"
    busy-title "⠼*"
    busy-title "⠴*"
    busy-title "⠦*"
    busy-title "⠧*"
    busy-title "⠇*"
    busy-title "⠏*"
    dialog "Yes, proceed"
    dialog-title "[ ? ] Action Required*"
    sent "› "
    fold "[Pasted Content * chars]"
    brackets yes
    settle 300
    takes-while-busy yes
    trailing-space yes
    """#
}
