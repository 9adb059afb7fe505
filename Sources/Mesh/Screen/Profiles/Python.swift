extension ShippedProfiles {
  static let python = #"""
    profile 1
    name python
    kind repl
    process python
    process python2*
    process python3*
    process pypy
    process pypy3*
    process micropython
    command python*
    """#
}
