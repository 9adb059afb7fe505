/// A wait inside a client's script. tmux's timers go by a clock of about 4 ms, while most programs answer in less
/// than one: short waits are turns of the server's own loop, about 20 µs each, in which it reads what panes print.
enum TypingPause: Equatable {
  case turns(Int)
  /// Milliseconds.
  case timer(Int)

  init(_ time: Duration) {
    let whole = Int(min(max(time / .milliseconds(1), 0), 60_000))
    self = whole < 4 ? .turns(10 + whole * 20) : .timer(whole)
  }

  /// Between the looks of the first client: most deliveries end there, and what it need not read costs nothing.
  static let first: [TypingPause] = [.turns(20), .turns(40), .timer(4), .timer(8), .timer(16)]
  /// Between those of every further one: about a second.
  static let further: [TypingPause] = [30, 50, 80, 120, 160, 200, 200].map { .timer($0) }

  var commands: [String] {
    switch self {
    case .turns(let count): Array(repeating: "run-shell -d 0", count: count)
    case .timer(let time):
      ["run-shell -d \(time / 1000).\(String(String(1000 + time % 1000).dropFirst()))"]
    }
  }
}
