extension ShippedProfiles {
  static let sqlite = #"""
    profile 1
    name sqlite
    kind repl
    process sqlite3 sqlite litecli
    script litecli
    command sqlite3
    """#
}
