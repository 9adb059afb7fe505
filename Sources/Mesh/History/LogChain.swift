internal import MeshCrypto

/// What is wrong at a place of the history.
package enum LogFault: Error, Equatable, Sendable {
  /// The line is none of ours: cut short or edited.
  case unreadable
  /// It carries another hash than that of the line before: that one was edited, or lines are missing between them.
  case broken
  /// The first line follows one that is not there.
  case beginsInTheMiddle
  /// The last line has no line feed: cut, or a process died while it wrote.
  case cut
  /// The head that was noted elsewhere is no line of this history: its end was cut off, or it was rewritten.
  case headMissing
}

/// The history as a chain: every line carries the BLAKE2b-256 of the line before. Lines go in one by one.
package struct LogChain: Sendable {
  /// What the first line carries.
  package static let beginning = "-"

  /// The hash of the last line; `-` before the first.
  package private(set) var head = LogChain.beginning
  package private(set) var count = 0
  private let wanted: String?
  private var wantedWasSeen = false

  /// - Parameter noted: a head that was noted elsewhere, which has to be among the lines.
  package init(noted: String? = nil) {
    wanted = noted
    wantedWasSeen = noted == LogChain.beginning
  }

  package static func hash(_ line: some Sequence<UInt8>) -> String {
    Digest.hex(Digest.blake2b256(Array(line)))
  }

  /// - Parameters:
  ///   - line: without its line feed.
  ///   - previous: what it carries; nil: it is not readable.
  /// - Returns: what is wrong with it. The next line is held to this one as it is.
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

  /// To be asked behind the last line.
  package var fault: LogFault? { wanted != nil && !wantedWasSeen ? .headMissing : nil }
}
