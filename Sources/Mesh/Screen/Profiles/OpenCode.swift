extension ShippedProfiles {
  /// opencode, after its published source; not tried against the program. A bar at the left, blank rows with the bar around the text.
  static let openCode = #"""
    profile 1
    name opencode
    kind agent
    process opencode
    script opencode
    command opencode
    prompt "┃  " " ┃  " "  ┃  " "   ┃  "
    above bars
    below bars
    cursor shown
    placeholder "Ask anything*" "Run a command*"
    command-start "/" "!" "@"
    busy "esc interrupt" "esc again to interrupt"
    dialog "Permission required" "Allow once" "Allow always"
    fold "[Pasted ~* lines]"
    brackets yes
    enter-delay 200
    settle 500
    takes-while-busy yes
    trailing-space yes
    """#
}
