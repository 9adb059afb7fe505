/// A process that reads a terminal: what it really is, not what it calls itself.
package struct ForegroundProcess: Equatable, Sendable {
  package let pid: Int32
  /// Effective.
  package let uid: UInt32
  /// The file name of its executable: `node`, `bash`, `claude`. Where the kernel does not show it
  /// (another account's, a hardened one), the command name, which the process itself can set.
  package let name: String
  package let nameIsClaimed: Bool
  /// For interpreters: the file name of the script, or python's module. A claim: arguments can be overwritten.
  package let script: String?
  /// Code follows in its arguments (`sh -c`): it reads none from its terminal.
  package let runsCode: Bool
  /// The file name part of argv[0], another claim; nil when empty.
  package let invokedAs: String?
}

extension ProcessTable {
  /// At most so many processes of one foreground group are told.
  package static let groupLimit = 64

  /// The processes of a group, its leader first.
  /// - Parameter root: a process whose descendants are looked at first (a pane's own): the whole of `/proc` is
  ///   gone through only when the group is not found there.
  package static func foreground(group: Int32, below root: Int32) -> [ForegroundProcess] {
    guard group > 0 else { return [] }
    var members = descendants(of: root, limit: 512).filter { facts(of: $0)?.group == group }
    if members.isEmpty {
      members = ProcFile.numbers(in: "/proc", limit: 65536)
        .filter { facts(of: $0)?.group == group }
    }
    let leaderFirst = members.filter { $0 == group } + members.filter { $0 != group }
    return leaderFirst.prefix(groupLimit).compactMap { describe($0) }
  }

  /// nil: gone, or ended.
  package static func describe(_ pid: Int32) -> ForegroundProcess? {
    guard let status = ProcFile.text("/proc/\(pid)/status", limit: 8192),
      // One that has ended and that nobody has waited for yet is gone, though it still has a number.
      field("State", of: status)?.first != "Z"
    else { return nil }
    let arguments = arguments(of: pid)
    let executable = ProcFile.link("/proc/\(pid)/exe").map { baseName($0) }
    let name = executable ?? field("Name", of: status) ?? ""
    let ids = field("Uid", of: status)?.split(separator: "\t") ?? []
    guard ids.count > 1, let uid = UInt32(ids[1]) else { return nil }
    return ForegroundProcess(
      pid: pid, uid: uid, name: Printable.line(name), nameIsClaimed: executable == nil,
      script: Interpreter.script(of: name, arguments).map { Printable.line(baseName($0)) },
      runsCode: Interpreter.runsCode(name, arguments),
      invokedAs: arguments.first.flatMap { $0.isEmpty ? nil : Printable.line(baseName($0)) })
  }

  /// The last component; the kernel writes ` (deleted)` behind a program that was replaced.
  private static func baseName(_ path: String) -> String {
    let gone = " (deleted)"
    let whole = path.hasSuffix(gone) ? String(path.dropLast(gone.count)) : path
    return whole.split(separator: "/").last.map(String.init) ?? whole
  }

  /// A process's own words, which it can overwrite; at most 64.
  static func arguments(of pid: Int32) -> [String] {
    let bytes = ProcFile.bytes("/proc/\(pid)/cmdline", limit: 16384) ?? []
    return bytes.split(separator: 0, maxSplits: 63, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
  }

  private static func field(_ name: String, of status: String) -> String? {
    let head = Array("\(name):\t".utf8)
    for line in status.utf8.split(separator: UInt8(ascii: "\n")) where line.starts(with: head) {
      return String(line.dropFirst(head.count))
    }
    return nil
  }
}
