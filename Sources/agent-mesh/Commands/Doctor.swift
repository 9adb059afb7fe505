internal import ArgumentParser
internal import Mesh
internal import MeshHost

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Look at everything that has to be right; say what is not, and what fixes it.",
    discussion: """
      Each line is a check: ok, warn or FAIL, what was looked at, what was found; below it the command that fixes it. \
      Without --fix it changes nothing. Peers are asked over ssh, all at once, for 2 seconds at most. \
      Exit status: 0 nothing FAILs, 7 something does.
      """)
  @Flag(help: "Run the commands that need no decision (modes, missing files), and look again.")
  var fix = false
  @Flag(help: "One page for a shared host: who can get in, past what, and which bounds apply.")
  var security = false
  @Flag(help: "Print JSON, one object a check.") var json = false

  mutating func run() throws {
    let environment = Environment.current()
    var findings =
      try security ? Doctor.security(environment) : MeshHost.Doctor.examine(environment)
    if fix {
      for (command, done) in MeshHost.Doctor.fix(findings) {
        Output.note("doctor: \(done ? "done" : "FAILED"): \(SafeText.line(command, limit: 400))")
      }
      findings = MeshHost.Doctor.examine(environment)
    }
    if json {
      for finding in findings { Output.encoded(finding) }
    } else {
      let width = findings.map(\.subject.utf8.count).max() ?? 0
      for finding in findings { Self.print(finding, width) }
    }
    if findings.contains(where: { $0.state == .fail }) { throw Failure.said(.notSetUp) }
  }

  private static func print(_ finding: Finding, _ width: Int) {
    let state = finding.state.rawValue.padded(4)
    Output.line(
      "\(state)  \(finding.subject.padded(width))  \(SafeText.line(finding.what, limit: 400))")
    if finding.state != .ok, let fix = finding.fix {
      // People copy this command, so it is not cut unless it is too long to be run.
      Output.line("      \("".padded(width))  \(SafeText.line(fix, limit: 2000))")
    }
  }
}

extension String {
  /// Padded with blanks to `width` bytes; for ASCII.
  fileprivate func padded(_ width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - utf8.count))
  }
}
