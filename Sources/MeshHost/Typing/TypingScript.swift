package import Mesh

/// What is to be typed, decided from a look: text in pieces, then perhaps Enter.
package struct TypingScript: Sendable {
  /// When Enter is pressed.
  package enum Submission: Sendable {
    case never
    /// As soon as tmux itself sees, `delay` after the paste, what the guard wants; it looks again for a second.
    case whenSeen(EnterGuard, delay: Duration)
    /// Only when the judge of the looks says so.
    case onVerdict
  }

  /// Texts, each of which becomes a paste of its own, in one go.
  let pieces: [[UInt8]]
  /// The name of the message in tmux's buffers: `am-<id>-<n>`.
  let id: String
  let isBracketed: Bool
  let submission: Submission
  /// How long to look on after the last thing that was done.
  let patience: Duration

  /// - Parameter id: 26 characters of lower-case base32.
  /// - Parameter pieces: safe text, 1 to 1,000 pieces, none empty or with a NUL, at most 256 KiB together.
  /// - Parameter bracketed: `paste-buffer -p`: brackets where the program asked for them.
  /// - Returns: nil when one of these is not so.
  package init?(
    id: String, pieces: [[UInt8]], bracketed: Bool = true, submission: Submission,
    patience: Duration = .seconds(2)
  ) {
    guard TypingScript.isID(id), (1...1000).contains(pieces.count),
      pieces.allSatisfy({ !$0.isEmpty && !$0.contains(0) }),
      pieces.reduce(0, { $0 + $1.count }) <= 256 << 10
    else { return nil }
    self.id = id
    self.pieces = pieces
    isBracketed = bracketed
    self.submission = submission
    self.patience = patience
  }

  static func isID(_ text: some StringProtocol) -> Bool {
    text.utf8.count == 26
      && text.utf8.allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
          || (UInt8(ascii: "2")...UInt8(ascii: "7")).contains($0)
      }
  }
}

/// What tmux must see on the pane's visible screen before Enter: one text, and none of some others.
/// Constants and ids of ours only: they become part of a format.
package struct EnterGuard: Sendable, Equatable {
  let visible: String
  let absent: [String]

  /// - Parameter visible: tmux looks row by row: a text that is wrapped is not found.
  /// - Returns: nil when one holds anything but letters, digits, blank and `-`, or is not 4 to 64 long.
  package init?(visible: String, absent: [String] = []) {
    guard ([visible] + absent).allSatisfy({ EnterGuard.isPlain($0) }), absent.count <= 16 else {
      return nil
    }
    (self.visible, self.absent) = (visible, absent)
  }

  private static func isPlain(_ text: String) -> Bool {
    (4...64).contains(text.utf8.count)
      && text.unicodeScalars.allSatisfy {
        $0.isASCII && ($0.properties.isAlphabetic || "0123456789 -".unicodeScalars.contains($0))
      }
  }
}

/// Where a delivery stands when a look is handed to the judge.
package struct TypingProgress: Sendable {
  package let look: PaneLook
  /// How often Enter was pressed.
  package let enters: Int
  /// tmux did not see what the guard wanted: the text stands there, Enter was not pressed.
  package let isHeld: Bool
  /// Since the last thing that was done: the paste or an Enter.
  package let elapsed: Duration
}

/// What the judge says of a look.
package enum TypingVerdict<Answer> {
  case lookOn
  /// Presses Enter if the pane still is as in this look. Two are the most for one message.
  case pressEnter(EnterPermit)
  case done(Answer)
}

/// How a delivery ended.
package enum TypingEnd<Answer> {
  /// Nothing was typed: nobody wanted it.
  case declined
  /// Nothing was typed: the pane changed between look and paste.
  case moved
  case judged(Answer)
  /// The text was typed (`pasted`), or may have been, and no verdict came in time.
  case undecided(pasted: Bool, enters: Int)
}

extension TypingVerdict: Sendable where Answer: Sendable {}
extension TypingEnd: Sendable where Answer: Sendable {}
extension TypingEnd: Equatable where Answer: Equatable {}
