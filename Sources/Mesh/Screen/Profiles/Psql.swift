extension ShippedProfiles {
  static let psql = #"""
    profile 1
    name psql
    kind repl
    process psql
    script pgcli
    command psql
    """#
}
