internal import CLibrary

/// What the kernel says of a process: nothing in it can be chosen by the process but what it started.
package struct ProcessFacts: Equatable, Sendable {
  package let pid: Int32
  package let parent: Int32
  package let group: Int32
  package let session: Int32
  /// The controlling terminal's device number, comparable with `TerminalDevice.number`; 0: none.
  package let terminal: UInt64
  /// The foreground process group of that terminal; -1: none.
  package let foregroundGroup: Int32
  /// Clock ticks after boot: with the pid, it names a process for ever.
  package let startTime: UInt64
}

/// Processes, as the kernel shows them: what is asked of it stands in `LinuxProcesses.swift` and `DarwinProcesses.swift`.
/// Of an environment one variable at a time is looked at.
package enum ProcessTable {
  package static var own: Int32 { getpid() }

  /// The process itself, its parent, and so on; init is not among them.
  package static func ancestry(of pid: Int32, limit: Int = 256) -> [ProcessFacts] {
    var line: [ProcessFacts] = []
    var next = pid
    while next > 1, line.count < limit, let facts = facts(of: next) {
      line.append(facts)
      next = facts.parent
    }
    return line
  }

  /// Processes below `root`, itself included, at most `limit`.
  static func descendants(of root: Int32, limit: Int) -> [Int32] {
    var found = [root]
    var next = 0
    while next < found.count, found.count < limit {
      found += children(of: found[next]).prefix(limit - found.count)
      next += 1
    }
    return found
  }

  /// The processes of this account that have no controlling terminal.
  static func withoutTerminal() -> [Int32] {
    everyone.filter { owner(of: $0) == FileStatus.ourselves && facts(of: $0)?.terminal == 0 }
  }

  /// Whether two processes run the same program: one executable, and one script where that is an interpreter.
  static func runTheSame(_ one: Int32, _ other: Int32) -> Bool {
    guard let program = executable(of: one), program == executable(of: other) else { return false }
    return describe(one)?.script == describe(other)?.script
  }
}
