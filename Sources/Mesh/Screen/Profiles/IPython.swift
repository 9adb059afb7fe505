extension ShippedProfiles {
  static let ipython = #"""
    profile 1
    name ipython
    kind repl
    process ipython*
    script ipython ipython3 IPython ptpython ptipython bpython jupyter-console
    command ipython*
    """#
}
