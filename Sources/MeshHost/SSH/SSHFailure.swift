internal import Mesh

/// Why a session failed. If the peer may have acted on the message, the
/// exit code is 8, otherwise 4.
package enum SSHFailure: Error, Equatable, Sendable {
  /// ssh is not installed.
  case noSSH
  /// No session; nothing was sent. `said`: ssh's last line, made printable.
  case unreachable(said: String)
  /// The host answered and refused the login. An immediate retry changes nothing
  /// and counts against us there.
  case refused(said: String)
  /// The peer's shell could not start the program; nothing was sent.
  case notInstalled(said: String)
  /// Our program ran there, and did not do it: it is older than what it was asked, or not set up. Nothing was sent.
  case declined(said: String)
  /// Too late: nothing was sent. `said`: which time ran out.
  case timeout(said: String)
  /// Sent, fully or in part, but the answer is missing or incomplete.
  case noAnswer(said: String)
  case setup(SetupError)
}

/// Why ssh ended before the peer's program was ready.
extension SSHFailure {
  /// - Parameters:
  ///   - status: ssh's exit code; 255 is its own, all others are the remote shell's.
  ///   - complaints: ssh's stderr.
  ///   - noise: the last line on stdout.
  static func ended(
    _ alias: String, status: Int32, complaints: [UInt8], noise: [UInt8]
  ) -> SSHFailure {
    let said = SSHComplaint(complaints)
    if status == 126 || status == 127 { return .notInstalled(said: said.last) }
    if status != 255, said.isOurs { return .declined(said: said.last) }
    guard status == 255 else { return .unreachable(said: shell(alias, status, said, noise)) }
    if said.isRefusal { return .refused(said: said.last + (said.advice(alias) ?? "")) }
    if !said.last.isEmpty { return .unreachable(said: said.last) }
    let printed = SafeText.line(bytes: noise)
    return .unreachable(
      said: printed.isEmpty
        ? "ssh ended with 255 and said nothing" : "the login shell of \(alias) printed: \(printed)")
  }

  private static func shell(
    _ alias: String, _ status: Int32, _ said: SSHComplaint, _ noise: [UInt8]
  ) -> String {
    let printed = said.last.isEmpty ? SafeText.line(bytes: noise) : said.last
    let what = printed.isEmpty ? "printed nothing" : "printed: \(printed)"
    return "the login shell of \(alias) ended with \(status) and \(what)"
  }
}

/// ssh's stderr: banners, warnings, and usually the reason in the last line.
struct SSHComplaint {
  private let lines: [String]

  init(_ bytes: [UInt8]) {
    // ssh ends its own lines with CR LF. Indented lines are hints of our program on the peer.
    let said = bytes.split(whereSeparator: { $0 == 10 || $0 == 13 }).filter {
      !$0.starts(with: [32, 32])
    }
    lines = said.map { SafeText.line(bytes: $0) }.filter { line in
      !line.isEmpty && !SSHComplaint.harmless.contains { line.hasPrefix($0) }
        && !(line.hasPrefix("Connection to ") && line.hasSuffix(" closed."))
    }
  }

  /// Messages of ssh that do not mean an error.
  private static let harmless = [
    "** ", "Warning: Permanently added", "Pseudo-terminal will not be allocated",
    "Shared connection to ", "Authenticated to ", "client_loop: send disconnect",
  ]

  /// The reason; empty if ssh printed nothing.
  var last: String { lines.last ?? "" }

  /// The last lines joined, for a host that waits for a person: one of them may
  /// contain an address to visit.
  var whole: String { lines.suffix(6).joined(separator: " ") }

  var isEmpty: Bool { lines.isEmpty }

  /// What our own program says of an error, or of a verb that it does not know.
  var isOurs: Bool {
    last.hasPrefix("agent-register-hook: ")
      || lines.contains { $0.hasPrefix("Usage: agent-register-hook ") }
  }

  var isRefusal: Bool {
    last.contains("Permission denied") || last.contains("Host key verification failed")
      || last.contains("Too many authentication failures")
  }

  /// Why BatchMode cannot log in, and what the user can do: the server asks for more than the key,
  /// or the ssh agent wanted a touch.
  func advice(_ alias: String) -> String? {
    guard last.contains("Permission denied"),
      !last.contains("publickey")
        || lines.contains(where: { $0.contains("agent refused operation") })
    else { return nil }
    return
      "; \(alias) asks for something that only a person can give (a code, a password, a touch), and ssh in BatchMode cannot ask: open a connection by hand, with ControlMaster and ControlPath in ~/.ssh/config, and write ssh-master=own after the host in ~/.agents/peers.conf"
  }
}

extension SSHFailure: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noSSH: "ssh could not be started"
    case .unreachable(let said), .declined(let said): "cannot be reached: \(said)"
    case .notInstalled(let said): "agent-register-hook is not installed there: \(said)"
    case .refused(let said): "ssh was refused: \(said)"
    case .timeout(let said):
      said.hasPrefix("no answer in") ? said : "did not answer in time: \(said)"
    case .noAnswer(let said): "broke off: \(said)"
    case .setup(let error): "\(error)"
    }
  }
}
