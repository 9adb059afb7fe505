extension ShippedProfiles {
  /// Every key is a command to these; a row of their text may look like a prompt.
  static let keyPrograms = #"""
    profile 1
    name full-screen
    kind keys
    process vi vim vim.* nvim view emacs* nano pico micro hx helix kak joe mcedit mc less more
    process most man top htop btop atop watch ranger lf nnn vifm lazygit tig gitui k9s fzf mutt
    process neomutt aerc weechat irssi lynx w3m ncdu dialog whiptail
    script ranger
    command vi vim nvim emacs* nano less more man top htop watch tig lazygit
    """#
}
