/// A stand-in for `ssh`, `tmux` or any program: passes calls to the real one, with faults. Put its
/// directory first in PATH, or use its `path` where a program is named, as in TMUX_BIN.
public struct Shim: Sendable {
  /// What happens to one call.
  public enum Fault: Sendable {
    /// Nothing.
    case pass
    /// Reads nothing, prints nothing, does not end.
    case hang
    /// Ends at once, with this text on standard error.
    case exit(Int32, says: String = "")
    /// Prints this instead of running, and reads all input.
    case answer(String, status: Int32 = 0)
    /// The program's input ends after this many bytes.
    case cutInput(after: Int)
    /// The program is killed after this many bytes of input.
    case dropInput(after: Int)
    /// This many bytes of its output get through, then it ends with status 255.
    case cutOutput(after: Int)
    /// This many bytes and a line end are printed before the program's output.
    case noise(bytes: Int)
    /// This text is printed on standard error before the program runs.
    case banner(String)
    /// All its input arrives twice.
    case twice
    /// The input after this many bytes arrives first.
    case swapped(at: Int)
    /// Starts this much later.
    case delay(milliseconds: Int)
  }

  public let path: String
  public var directory: String {
    String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex))
  }

  /// - Parameters:
  ///   - faults: for the first, second, … matching call; later calls get `then`.
  ///   - matching: only calls whose arguments contain this text count; others pass.
  public init(
    _ sandbox: Sandbox, for name: String, faults: [Fault] = [], then: Fault = .pass,
    matching: String = ""
  ) throws {
    let folder = sandbox.path("shim")
    try Files.makeDirectory(folder)
    path = "\(folder)/\(name)"
    let real = name == "tmux" ? Programs.tmux : Environment.find(name, in: Environment.path)
    guard let real else { throw Trouble("there is no \(name) to stand in for") }
    let cases = faults.enumerated().map { "\($0 + 1)) \($1.script) ;;\n" }.joined()
    let text = """
      #!/bin/sh
      real=\(quoted(real))
      case "$*" in *\(quoted(matching))*) ;; *) exec "$real" "$@" ;; esac
      n=1
      while ! mkdir "$0.$n" 2>/dev/null; do n=$((n + 1)); done
      c=$0.$n
      printf '%s\\0' "$@" >"$c/new" && mv "$c/new" "$c/arguments"
      case $n in
      \(cases)*) \(then.script) ;;
      esac

      """
    try Files.write(path, text, mode: 0o700)
  }

  /// The arguments of each matching call, in order.
  public var calls: [[String]] {
    var found: [[String]] = []
    while let bytes = Files.read("\(path).\(found.count + 1)/arguments") {
      found.append(
        bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast()
          .map { String(decoding: $0, as: UTF8.self) })
    }
    return found
  }

  /// PATH with the shim first.
  public func environment(over other: [String: String]) -> [String: String] {
    ["PATH": "\(directory):\(other["PATH"] ?? Environment.path)"]
  }
}

extension Shim.Fault {
  /// Shell commands; `$real` is the program, `$c` a directory for this call.
  fileprivate var script: String {
    switch self {
    case .pass: #"exec "$real" "$@""#
    case .hang: "exec sleep 86400"
    case .exit(let status, let says): "printf %s \(quoted(says)) >&2; exit \(status)"
    case .answer(let text, let status): "printf %s \(quoted(text)); cat >/dev/null; exit \(status)"
    case .cutInput(let count): #"head -c \#(count) | "$real" "$@""#
    case .dropInput(let count):
      #"mkfifo "$c/in"; "$real" "$@" <"$c/in" & exec 3>"$c/in"; head -c \#(count) >&3; "#
        + "kill -9 $!; wait $! 2>/dev/null; exit 255"
    // Byte by byte, because head would keep its output until it has everything.
    case .cutOutput(let count): #""$real" "$@" | dd bs=1 count=\#(count) 2>/dev/null; exit 255"#
    case .noise(let count): #"head -c \#(count) /dev/zero | tr '\0' n; echo; exec "$real" "$@""#
    case .banner(let text): #"printf '%s\n' \#(quoted(text)) >&2; exec "$real" "$@""#
    case .twice: #"cat >"$c/in"; cat "$c/in" "$c/in" | "$real" "$@""#
    case .swapped(let count):
      #"cat >"$c/in"; { tail -c +\#(count + 1) "$c/in"; head -c \#(count) "$c/in"; } | "$real" "$@""#
    case .delay(let milliseconds):
      "sleep \(milliseconds / 1000).\(String(1000 + milliseconds % 1000).dropFirst()); "
        + #"exec "$real" "$@""#
    }
  }
}
