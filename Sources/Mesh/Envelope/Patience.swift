/// How long the two sides of a delivery wait for each other.
package enum Patience {
  /// How long a message waits for those before it at the same pane: fifty of them with a second each fit. One whose
  /// turn does not come in this time is answered `busy`, with nothing typed.
  package static let turn = Duration.seconds(60)
  /// While a message waits, its receiving side says so this often.
  package static let heartbeat = Duration.seconds(3)
  /// A receiving side that says nothing for so long is taken for dead.
  package static let silence = Duration.seconds(10)

  /// The longest that a sender waits for a receipt, whatever the other side says meanwhile.
  /// - Parameter wait: the seconds that the recipient was given to become ready.
  package static func receipt(wait: Int?) -> Duration {
    turn + .seconds(wait ?? 0) + .seconds(15)
  }
}
