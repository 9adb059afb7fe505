extension ShippedProfiles {
  /// Claude Code 2.1. The blank behind its prompt is U+00A0; in the transcript it is a space. `!`, `#` and `/` replace the
  /// prompt or open a menu. The native installer names the executable by its version.
  static let claudeCode = #"""
    profile 1
    name claude-code
    kind agent
    process claude
    process claude/versions/*
    script claude
    script cli.js
    command claude
    prompt "❯\u{a0}"
    above rule
    below rule
    command-start "/"
    command-start "!"
    command-start "#"
    command-start "@"
    busy "esc to interrupt"
    busy-title "◐*"
    busy-title "◑*"
    dialog "Tab to amend"
    dialog "Enter to select"
    sent "❯ "
    fold "[Pasted text #*]"
    brackets yes
    chunk-characters 700
    chunk-newlines 2
    enter-delay 400
    settle 800
    takes-while-busy yes
    trailing-space yes
    """#
}
