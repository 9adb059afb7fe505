/// Which argument of an interpreter is the script.
enum Interpreter {
  /// How a family of interpreters reads its options.
  private struct Family {
    /// Letters (in `-Ic` too) and words after which code or nothing follows, not a script.
    var code: [String] = []
    /// The same, where the name of a module follows.
    var module: [String] = []
    /// Options whose value is the next argument.
    var valued: [String] = []
    /// Words before the script: `bun run x`.
    var verbs: [String] = []
  }

  private static let shell = Family(
    code: ["c", "s"], valued: ["-o", "+o", "-O", "+O", "--rcfile", "--init-file", "-C"])
  private static let node = Family(
    code: ["e", "p", "--eval", "--print"],
    valued: ["-r", "--require", "--import", "--loader", "--experimental-loader", "-C"],
    verbs: ["run", "x"])
  private static let families: [String: Family] = [
    "python": Family(code: ["c"], module: ["m"], valued: ["-W", "-X"]),
    "pypy": Family(code: ["c"], module: ["m"], valued: ["-W", "-X"]),
    "node": node, "nodejs": node, "bun": node, "deno": node,
    "perl": Family(code: ["e", "E"]),
    "ruby": Family(code: ["e"], valued: ["-I", "-r", "-C"]),
    "php": Family(code: ["r"], valued: ["-c", "-d", "-f"]),
    "lua": Family(code: ["e"], valued: ["-l"]),
    "tclsh": Family(), "expect": Family(code: ["c"]),
    "sh": shell, "bash": shell, "dash": shell, "ash": shell, "zsh": shell, "ksh": shell,
    "mksh": shell, "fish": shell, "csh": shell, "tcsh": shell,
  ]

  /// - Parameter name: of the executable; `python3.11` is python.
  /// - Parameter arguments: from argv[0] on.
  /// - Returns: nil for another program, and for one without a script.
  static func script(of name: String, _ arguments: [String]) -> String? {
    guard let family = family(of: name) else { return nil }
    var rest = arguments.dropFirst()
    while let argument = rest.popFirst() {
      if argument == "--" { return rest.first }
      guard argument.hasPrefix("-") || family.valued.contains(argument) else {
        if family.verbs.contains(argument) { continue }
        return argument.isEmpty ? nil : argument
      }
      if argument == "-" || says(family.code, argument, family) { return nil }
      if says(family.module, argument, family) { return rest.first }
      if family.valued.contains(argument) { rest = rest.dropFirst() }
    }
    return nil
  }

  /// Whether the first option that is no value of another says that code follows: `-c`, `-lc`, `-e`.
  static func runsCode(_ name: String, _ arguments: [String]) -> Bool {
    guard let family = family(of: name) else { return false }
    var rest = arguments.dropFirst()
    while let argument = rest.popFirst(), argument.hasPrefix("-"), argument != "-", argument != "--"
    {
      if says(family.code.filter { $0 != "s" }, argument, family) { return true }
      if family.valued.contains(argument) { rest = rest.dropFirst() }
    }
    return false
  }

  private static func family(of name: String) -> Family? {
    let plain = name.prefix { !("0"..."9").contains($0) }
    return families[name] ?? families[String(plain)]
  }

  private static func says(_ words: [String], _ argument: String, _ family: Family) -> Bool {
    if words.contains(argument) { return true }
    guard !argument.hasPrefix("--"), !family.valued.contains(argument) else { return false }
    return words.contains { $0.count == 1 && argument.dropFirst().contains($0) }
  }
}
