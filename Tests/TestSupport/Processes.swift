internal import CLibrary
internal import MeshHost

/// Finds the processes that a test left running. They have a mark in their environment, which
/// daemons, new sessions and namespaces keep; or the sandbox's path in their title, because
/// OpenSSH's masters overwrite their environment.
public enum Processes {
  /// The environment variable's name; its value is the sandbox's directory.
  static let mark = "AGENT_MESH_SANDBOX"

  /// Pids of the running processes with the sandbox's mark. Empty if there is no /proc.
  public static func marked(_ directory: String) -> [Int32] {
    let wanted = Array("\(mark)=\(directory)".utf8)
    let below = directory + "/"
    return Files.list("/proc").compactMap(Int32.init).filter { pid in
      guard pid != getpid() else { return false }
      let settings = Files.read("/proc/\(pid)/environ") ?? []
      return settings.split(separator: 0).contains { $0.elementsEqual(wanted) }
        || Files.text("/proc/\(pid)/cmdline")?.contains(below) == true
    }
  }

  /// Whether a process is running. A zombie is not.
  public static func lives(_ pid: Int32) -> Bool {
    #if os(Linux)
      guard let text = Files.text("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else {
        return false
      }
      return !text[end...].dropFirst(2).hasPrefix("Z")
    #else
      return CLibrary.kill(pid, 0) == 0
    #endif
  }

  /// A process's argument vector, as it shows it; empty if it has ended.
  public static func arguments(of pid: Int32) -> [String] {
    (Files.read("/proc/\(pid)/cmdline") ?? []).split(separator: 0).map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  /// The most memory that it has used, in KiB; `nil` if it has ended or there is no /proc.
  public static func peakMemory(of pid: Int32) -> Int? {
    (Files.text("/proc/\(pid)/status") ?? "").split(separator: "\n")
      .first { $0.hasPrefix("VmHWM:") }
      .flatMap { $0.split(whereSeparator: { " \t".contains($0) }).dropFirst().first }
      .flatMap { Int($0) }
  }

  /// Its parent, its parent's parent and so on.
  public static func ancestors(of pid: Int32) -> [Int32] {
    ProcessTable.ancestry(of: pid).dropFirst().map(\.pid)
  }

  public static func kill(_ pids: [Int32]) {
    for pid in pids where pid > 1 { CLibrary.kill(pid, SIGKILL) }
  }

  /// Kills all of a sandbox's processes, including those that are just starting.
  static func sweep(_ directory: String) async throws {
    try await eventually("the sandbox's processes to end") {
      let left = marked(directory)
      kill(left)
      return left.isEmpty
    }
  }

  /// The pids below a process, the deepest last.
  public static func descendants(of pid: Int32) -> [Int32] {
    Array(ProcessTable.descendants(of: pid, limit: 10_000).dropFirst())
  }
}

/// Cleans up after a test process that was killed: a shell waits for the end of its input, which
/// comes when we die, then ends the processes and removes the directories that it was told.
struct Reaper {
  static let shared = try? Reaper()

  private let child: Spawned

  /// grep gets the paths on its standard input; otherwise it would find itself.
  private static let script = """
    while read -r d; do set -- "$@" "$d"; done
    for d in "$@"; do
      [ -d "$d" ] || continue
      n=0
      while [ $n -lt 50 ]; do
        n=$((n + 1))
        found=$(echo "\(Processes.mark)=$d" | grep -lsaF -f - /proc/[0-9]*/environ
          echo "$d/" | grep -lsaF -f - /proc/[0-9]*/cmdline)
        [ -n "$found" ] || break
        for p in $found; do p=${p#/proc/}; kill -9 "${p%/*}" 2>/dev/null; done
      done
      rm -rf "$d"
    done
    """

  private init() throws {
    child = try Spawn.start(
      Launch(
        program: "/bin/sh", arguments: ["-c", Reaper.script],
        environment: ["PATH": "/usr/bin:/bin"]))
  }

  func watch(_ directory: String) {
    _ = ChildIO.writeAll(Array("\(directory)\n".utf8), to: child.input)
  }
}
