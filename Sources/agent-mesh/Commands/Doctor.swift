internal import ArgumentParser
internal import Mesh
internal import MeshHost

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Look at everything that has to be right; say what is not, and what mends it.",
    discussion: "Exit status: 0 nothing FAILs, 7 something does. It changes nothing.")
  @Flag(help: "Print JSON, one object a check.") var json = false

  mutating func run() throws {
    let findings = MeshHost.Doctor(try Setup.site()).examine()
    if json {
      for finding in findings { Output.json(finding) }
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
    if finding.state != .ok, let mend = finding.mend {
      Output.line("      \("".padded(width))  \(SafeText.line(mend, limit: 400))")
    }
  }
}

extension String {
  /// With blanks to so many bytes, for ASCII.
  fileprivate func padded(_ width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - utf8.count))
  }
}
