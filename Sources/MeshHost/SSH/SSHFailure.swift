/// Why a session brought nothing. Whether something may have happened over there decides between exit 4 and 8.
package enum SSHFailure: Error, Equatable, Sendable {
  /// ssh itself is not to be had.
  case noSSH
  /// No session: nothing was sent. `said`: ssh's own last line, made printable.
  case unreachable(said: String)
  /// The other side's shell did not start the program: nothing was sent.
  case notInstalled(said: String)
  /// Too late: nothing was sent.
  case timeout
  /// Sent, or partly sent, and the answer is missing or cut.
  case noAnswer(said: String)
  case setup(SetupError)

  /// Whether nothing can have reached the other side's program.
  package var nothingSent: Bool {
    if case .noAnswer = self { return false }
    return true
  }
}
