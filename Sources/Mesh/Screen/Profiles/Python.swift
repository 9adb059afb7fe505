extension ShippedProfiles {
  static let python = #"""
    profile 1
    name python
    kind repl
    process python python2* python3* pypy pypy3* micropython
    command python*
    """#
}
