extension ShippedProfiles {
  /// They read lines, and do nothing else with the terminal.
  static let readers = #"""
    profile 1
    name reader
    kind reader
    process cat tee wc rev nl
    command cat tee
    """#
}
