extension ShippedProfiles {
  static let ipython = #"""
    profile 1
    name ipython
    kind repl
    process ipython*
    script ipython
    script ipython3
    script IPython
    script ptpython
    script ptipython
    script bpython
    script jupyter-console
    command ipython*
    """#
}
