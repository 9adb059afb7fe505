internal import CLibrary

/// What the kernel says about a process. The process cannot forge any of it.
package struct ProcessFacts: Equatable, Sendable {
  package let pid: Int32
  package let parent: Int32
  package let group: Int32
  package let session: Int32
  /// The controlling terminal's device number, comparable with `TerminalDevice.number`; 0 if none.
  package let terminal: UInt64
  /// The foreground process group of that terminal; -1 if none.
  package let foregroundGroup: Int32
  /// Clock ticks since boot. Together with the pid it identifies a process for all time.
  package let startTime: UInt64
}

/// Processes as the kernel shows them; `LinuxProcesses.swift` and `Darwin.swift` read the
/// details. Environments are only read one variable at a time.
package enum ProcessTable {
  package static var own: Int32 { getpid() }

  /// The process, its parent, and so on, without init.
  package static func ancestry(of pid: Int32, limit: Int = 256) -> [ProcessFacts] {
    var line: [ProcessFacts] = []
    var next = pid
    while next > 1, line.count < limit, let facts = facts(of: next) {
      line.append(facts)
      next = facts.parent
    }
    return line
  }

  /// `root` and the processes below it, at most `limit`.
  package static func descendants(of root: Int32, limit: Int) -> [Int32] {
    var found = [root]
    var next = 0
    while next < found.count, found.count < limit {
      found += children(of: found[next]).prefix(limit - found.count)
      next += 1
    }
    return found
  }

  /// This account's processes without a controlling terminal.
  static func withoutTerminal() -> [Int32] {
    everyone.filter { owner(of: $0) == FileStatus.ourselves && facts(of: $0)?.terminal == 0 }
  }
}

/// A process that reads a terminal: what the kernel says it is, not what it calls itself. Profiles
/// are matched against it.
package struct ForegroundProcess: Equatable, Sendable {
  package let pid: Int32
  /// The effective user.
  package let uid: UInt32
  /// The file name of its executable: `node`, `bash`, `claude`. If the kernel does
  /// not show that (another account's process, or a hardened one), the command
  /// name, which the process can set itself.
  package let name: String
  package let nameIsClaimed: Bool
  /// For interpreters: the file name of the script, or python's module. Not proven: a process can
  /// overwrite its arguments.
  package let script: String?
  /// Its arguments contain the code (`sh -c`), so it reads none from its terminal.
  package let runsCode: Bool
  /// The file name in argv[0], also not proven; `nil` if empty.
  package let invokedAs: String?
}

extension ProcessTable {
  /// The maximum number of processes that are returned for one foreground group.
  package static let groupLimit = 64

  /// The processes of a group, its leader first.
  /// - Parameter root: a process whose descendants are searched first (a pane's own process). All
  ///   processes are searched only if the group is not found there.
  package static func foreground(group: Int32, below root: Int32) -> [ForegroundProcess] {
    guard group > 0 else { return [] }
    var members = descendants(of: root, limit: 512).filter { facts(of: $0)?.group == group }
    if members.isEmpty {
      members = everyone.filter { facts(of: $0)?.group == group }
    }
    let leaderFirst = members.filter { $0 == group } + members.filter { $0 != group }
    return leaderFirst.prefix(groupLimit).compactMap { describe($0) }
  }

  /// The leader of the group that reads a pane's terminal.
  /// - Parameter pane: the pane's own process.
  package static func reader(ofPane pane: Int32) -> ProcessFacts? {
    TerminalDevice.foregroundGroup(ofProcess: pane).flatMap { facts(of: $0) }
  }

  /// `nil` if the process has ended.
  package static func describe(_ pid: Int32) -> ForegroundProcess? {
    guard let status = status(of: pid) else { return nil }
    let arguments = arguments(of: pid)
    let executable = executable(of: pid).map { baseName($0) }
    let name = executable ?? status.name
    return ForegroundProcess(
      pid: pid, uid: status.uid, name: Printable.line(name), nameIsClaimed: executable == nil,
      script: Interpreter.script(of: name, arguments).map { Printable.line(baseName($0)) },
      runsCode: Interpreter.runsCode(name, arguments),
      invokedAs: arguments.first.flatMap { $0.isEmpty ? nil : Printable.line(baseName($0)) })
  }

  /// The last component of a path. After a replaced program, the kernel writes ` (deleted)`.
  private static func baseName(_ path: String) -> String {
    let gone = " (deleted)"
    let whole = path.hasSuffix(gone) ? String(path.dropLast(gone.count)) : path
    return whole.split(separator: "/").last.map(String.init) ?? whole
  }
}

/// Finds the script among an interpreter's arguments.
enum Interpreter {
  /// How a family of interpreters reads its options.
  private struct Family {
    /// Letters (also in `-Ic`) and words after which code or nothing follows, not a script.
    var code: [String] = []
    /// The same, but a module's name follows.
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
  private static let python = Family(code: ["c"], module: ["m"], valued: ["-W", "-X"])

  /// - Parameter name: the executable's; `python3.11` counts as python.
  /// - Parameter arguments: argv, including argv[0].
  /// - Returns: `nil` for another program, or without a script.
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

  /// Whether an option, before any script, says that code follows: `-c`, `-lc`, `-e`.
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
    switch String(name.utf8.prefix { !(0x30...0x39).contains($0) }) ?? name {
    case "sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "fish", "csh", "tcsh": shell
    case "python", "pypy": python
    case "node", "nodejs", "bun", "deno": node
    case "perl": Family(code: ["e", "E"])
    case "ruby": Family(code: ["e"], valued: ["-I", "-r", "-C"])
    case "php": Family(code: ["r"], valued: ["-c", "-d", "-f"])
    case "lua": Family(code: ["e"], valued: ["-l"])
    case "tclsh": Family()
    case "expect": Family(code: ["c"])
    default: nil
    }
  }

  private static func says(_ words: [String], _ argument: String, _ family: Family) -> Bool {
    if words.contains(argument) { return true }
    guard !argument.hasPrefix("--"), !family.valued.contains(argument) else { return false }
    return words.contains { $0.count == 1 && argument.dropFirst().contains($0) }
  }
}
