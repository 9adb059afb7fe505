extension ShippedProfiles {
  /// aider 0.86. A rule, perhaps the names of the files in the chat, then the prompt, which every row of a draft repeats.
  /// While it works, its terminal reads lines and what is typed is overwritten on the screen: a half-typed line cannot be seen,
  /// so it takes nothing then. A space at the end would arrive.
  static let aider = #"""
    profile 1
    name aider
    kind agent
    process aider
    script aider
    command aider
    command python*
    prompt "> "
    prompt "ask> "
    prompt "code> "
    prompt "architect> "
    prompt "context> "
    prompt "help> "
    repeats-prompt yes
    above text rule
    below blank
    cursor shown
    command-start "/"
    command-start "!"
    command-start "@"
    busy "Waiting for"
    dialog "(Y)es/(N)o"
    dialog-at cursor
    sent "> "
    sent "ask> "
    sent "code> "
    sent "architect> "
    sent "context> "
    sent "help> "
    brackets yes
    settle 300
    takes-while-busy no
    """#
}
