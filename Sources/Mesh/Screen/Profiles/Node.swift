extension ShippedProfiles {
  static let node = #"""
    profile 1
    name node
    kind repl
    process node nodejs node-* bun deno qjs
    command node bun deno
    """#
}
