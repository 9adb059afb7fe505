/// A running program, named by what the kernel runs and not by what it calls itself.
package struct Executable: Sendable, Equatable {
  /// The components of the path of `/proc/PID/exe` (libproc on macOS), or the file name alone.
  let path: [String]
  /// For interpreters: the components of the script they were started with; nil when there is none (a prompt, `-c`, stdin).
  let script: [String]?

  /// - Parameters:
  ///   - path: of the executable; the kernel's ` (deleted)` behind a replaced file is taken off.
  ///   - script: a path or a file name; empty counts as none.
  package init(path: String, script: String? = nil) {
    let suffix = " (deleted)"
    let kept = path.hasSuffix(suffix) ? path.dropLast(suffix.count) : path[...]
    self.path = kept.split(separator: "/").map(String.init)
    let parts = script?.split(separator: "/").map(String.init) ?? []
    self.script = parts.isEmpty ? nil : parts
  }

  /// The executable's file name.
  package var name: String { path.last ?? "" }

  /// What people call the program: the script's file name, or the executable's.
  package var title: String { script?.last ?? name }

  /// The same interpreter without its script.
  var bare: Executable { Executable(path: name) }
}
