/// How long the two sides of a delivery wait for each other. Both sides use these values, so a
/// sender never gives up while its message is still waiting for its turn.
package enum Patience {
  /// How long a message waits for earlier ones to the same pane: enough for fifty that take a
  /// second each. After that it is answered `busy`, and nothing is typed.
  package static let turn = Duration.seconds(60)
  /// While a message waits, the receiving side sends a sign of life this often.
  package static let heartbeat = Duration.seconds(3)
  /// A receiving side that is silent for this long is considered dead.
  package static let silence = Duration.seconds(10)

  /// The longest that a sender waits for a receipt, even if the receiving side
  /// still sends signs of life.
  /// - Parameter wait: how many seconds the recipient may take to become ready.
  package static func receipt(wait: Int?) -> Duration {
    turn + .seconds(wait ?? 0) + .seconds(15)
  }
}
