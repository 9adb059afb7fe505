extension ShippedProfiles {
  /// gemini-cli, after its published snapshots; not tried against the program. The terminal's cursor is elsewhere: a reversed cell
  /// stands for it. `!` and `(r:)` in place of the prompt are its shell and search modes, `*` its mode without questions.
  static let geminiCLI = #"""
    profile 1
    name gemini-cli
    kind agent
    process gemini
    script gemini gemini.js
    command gemini
    prompt " > " " * " "│ > " "│ * "
    right "│"
    above rule
    below rule
    cursor drawn
    placeholder "Type your message*"
    command-start "/" "!" "@" "?"
    busy "(esc to cancel"
    busy-title "✦*"
    dialog "Allow execution" "Apply this change" "Yes, allow" "Waiting for user confirmation"
    dialog-title "✋*"
    sent " > " "> "
    fold "[Pasted Text: *]"
    brackets yes
    chunk-characters 400
    chunk-newlines 2
    enter-delay 400
    settle 500
    takes-while-busy yes
    trailing-space yes
    """#
}
