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

/// Processes as the kernel shows them; `LinuxProcesses.swift` and `DarwinProcesses.swift` read the
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
  static func descendants(of root: Int32, limit: Int) -> [Int32] {
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

  /// Whether two processes run the same program: one executable and, for an
  /// interpreter, one script.
  static func runTheSame(_ one: Int32, _ other: Int32) -> Bool {
    guard let program = executable(of: one), program == executable(of: other) else { return false }
    return describe(one)?.script == describe(other)?.script
  }
}
