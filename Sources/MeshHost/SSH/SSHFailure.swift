internal import Mesh

/// Why a session brought nothing. Whether something may have happened over there decides between exit 4 and 8.
package enum SSHFailure: Error, Equatable, Sendable {
  /// ssh itself is not to be had.
  case noSSH
  /// No session: nothing was sent. `said`: ssh's own last line, made printable.
  case unreachable(said: String)
  /// The host answered, and does not let us in. Asking again at once changes nothing, and is counted against us there.
  case refused(said: String)
  /// The other side's shell did not start the program: nothing was sent.
  case notInstalled(said: String)
  /// Our program ran there, and did not do it: it is older than what it was asked, or not set up. Nothing was sent.
  case declined(said: String)
  /// Too late: nothing was sent. `said`: which time ran out.
  case timeout(said: String)
  /// Sent, or partly sent, and the answer is missing or cut.
  case noAnswer(said: String)
  case setup(SetupError)
}

/// Why ssh ended before the other side's program was ready.
extension SSHFailure {
  /// - Parameters:
  ///   - status: of ssh; 255 is its own, everything else the remote shell's.
  ///   - complaints: what it wrote to stderr.
  ///   - noise: the last line that came on stdout.
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

/// ssh's stderr: banners, warnings, and mostly the reason in the last line.
struct SSHComplaint {
  private let lines: [String]

  init(_ bytes: [UInt8]) {
    // ssh ends its own lines with CR LF; hints of our program on the other side are indented.
    let said = bytes.split(whereSeparator: { $0 == 10 || $0 == 13 }).filter {
      !$0.starts(with: [32, 32])
    }
    lines = said.map { SafeText.line(bytes: $0) }.filter { line in
      !line.isEmpty && !SSHComplaint.harmless.contains { line.hasPrefix($0) }
        && !(line.hasPrefix("Connection to ") && line.hasSuffix(" closed."))
    }
  }

  /// What ssh says without meaning that something is wrong.
  private static let harmless = [
    "** ", "Warning: Permanently added", "Pseudo-terminal will not be allocated",
    "Shared connection to ", "Authenticated to ", "client_loop: send disconnect",
  ]

  /// The reason; empty when nothing was said.
  var last: String { lines.last ?? "" }

  /// The last lines, in one, for a host that waits for a person: an address to visit stands in one of them.
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

  /// Why BatchMode cannot answer, and what can be done: where the key was taken and more is asked for, or where the
  /// agent wanted a touch.
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
    case .timeout(let said): "did not answer in time: \(said)"
    case .noAnswer(let said): "broke off: \(said)"
    case .setup(let error): "\(error)"
    }
  }
}
