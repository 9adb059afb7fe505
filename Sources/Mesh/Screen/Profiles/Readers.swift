extension ShippedProfiles {
  /// They read lines, and do nothing else with the terminal.
  static let readers = #"""
    profile 1
    name reader
    kind reader
    process cat
    process tee
    process wc
    process rev
    process nl
    command cat
    command tee
    """#
}
