/// Why a profile's text was refused, and on which line (from 1). Carries no text of the file.
package struct ProfileError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Problem: String, Sendable {
    case version = "the first line must be `profile 1`"
    case syntax = "a line is `key value`; a value with blanks stands in double quotes"
    case unknownKey = "unknown key"
    case badValue = "the value does not suit the key"
    case repeated = "this key may stand once"
    case tooLong = "too long: at most 32 KiB, 400 lines, 256 values a key"
    case missingName = "`name` is missing"
    case missingKind = "`kind` is missing"
    case missingProcess = "`process` or `script` is missing"
    case missingComposer = "an agent needs `prompt`, `above` and `below`"
    case shellPrompt = "an agent's prompt may not be that of a shell"
    case agentOnly = "composer and typing keys are for agents"
  }

  package let line: Int
  package let problem: Problem

  package var description: String { "line \(line): \(problem.rawValue)" }
}
