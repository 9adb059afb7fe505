extension ShippedProfiles {
  static let openCode = #"""
    profile 1
    name opencode
    kind agent
    process opencode
    script opencode
    command opencode
    prompt "┃  "
    above blank
    below blank
    brackets yes
    """#
}
