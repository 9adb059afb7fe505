internal import MeshCrypto

/// What is wrong at a place of the history.
package enum LogFault: Error, Equatable, Sendable {
  /// The line is not a log line: cut short or edited.
  case unreadable
  /// The line does not carry the hash of the line before: that one was edited, or lines in between
  /// are missing.
  case broken
  /// The first line refers to an earlier line that is missing.
  case beginsInTheMiddle
  /// The last line has no line feed: it was cut, or the process died while writing.
  case cut
  /// The head noted elsewhere does not occur in this history: the end was cut off, or the history
  /// was rewritten.
  case headMissing
}

/// The history as a hash chain: every line carries the BLAKE2b-256 of the line before. Takes one
/// line at a time.
package struct LogChain: Sendable {
  /// What the first line carries in place of a hash.
  package static let beginning = "-"

  /// The hash of the last line; `-` before the first.
  package private(set) var head = LogChain.beginning
  package private(set) var count = 0
  private let wanted: String?
  private var wantedWasSeen = false

  /// - Parameter noted: a head noted elsewhere; it must occur in this history.
  package init(noted: String? = nil) {
    wanted = noted
    wantedWasSeen = noted == LogChain.beginning
  }

  package static func hash(_ line: some Sequence<UInt8>) -> String {
    Digest.hex(Digest.blake2b256(Array(line)))
  }

  /// - Parameters:
  ///   - line: without its line feed.
  ///   - previous: the hash that the line carries; nil: the line cannot be parsed.
  /// - Returns: what is wrong with the line. The next line is compared with this line as it is.
  package mutating func take(_ line: some Sequence<UInt8>, previous: String?) -> LogFault? {
    defer {
      head = LogChain.hash(line)
      count += 1
      if head == wanted { wantedWasSeen = true }
    }
    guard let previous else { return .unreadable }
    if previous == head { return nil }
    return count == 0 ? .beginsInTheMiddle : .broken
  }

  /// Ask for it after the last line.
  package var fault: LogFault? { wanted != nil && !wantedWasSeen ? .headMissing : nil }
}
