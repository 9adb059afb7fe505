/// A running program, named by what the kernel runs and not by what it calls itself.
public struct Executable: Sendable, Equatable {
  /// The path of `/proc/PID/exe` (libproc on macOS), or its file name alone.
  public let path: String
  /// For interpreters: the script they were started with, as a path or a file name; nil when there is none
  /// (a prompt, `-c`, stdin).
  public let script: String?

  /// - Parameters:
  ///   - path: of the executable; the kernel's ` (deleted)` behind a replaced file is taken off.
  ///   - script: empty counts as none.
  public init(path: String, script: String? = nil) {
    let suffix = " (deleted)"
    self.path = path.hasSuffix(suffix) ? String(path.dropLast(suffix.count)) : path
    self.script = script.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The executable's file name.
  public var name: String { Self.lastComponent(path) }

  /// What people call the program: the script's file name, or the executable's.
  public var title: String { script.map(Self.lastComponent) ?? name }

  private static func lastComponent(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }
}
