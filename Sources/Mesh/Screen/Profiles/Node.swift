extension ShippedProfiles {
  static let node = #"""
    profile 1
    name node
    kind repl
    process node
    process nodejs
    process node-*
    process bun
    process deno
    process qjs
    command node
    command bun
    command deno
    """#
}
