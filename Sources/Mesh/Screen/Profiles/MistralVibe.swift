extension ShippedProfiles {
  /// mistral-vibe 3.0. Its cursor is a coloured or reversed cell that blinks; two blank rows stand below an empty line.
  static let mistralVibe = #"""
    profile 1
    name mistral-vibe
    kind agent
    process vibe-rs
    process vibe
    script vibe
    command vibe-rs
    command vibe
    prompt "> "
    above rule
    below blanks rule
    command-start "/"
    command-start "!"
    command-start "@"
    command-start "&"
    busy "to interrupt"
    busy-title ">> *"
    loading "Initializing…"
    dialog "Enter select"
    dialog "jk navigate"
    dialog-title "? *"
    sent "> "
    fold "[Pasted *]"
    brackets yes
    settle 300
    takes-while-busy yes
    trailing-space yes
    """#
}
