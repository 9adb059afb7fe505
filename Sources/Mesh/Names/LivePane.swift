/// A pane as tmux lists it now: one row for each session that its window is linked into. The input
/// of `AddressAssignment`, which gives each its address.
package struct LivePane: Hashable, Sendable {
  /// The highest window or pane index that can get an address.
  package static let mostIndex = 9_999

  /// The server's instance (name, process id and start time), so that ids of an
  /// earlier server never match.
  package var server: String
  /// `$1`.
  package var sessionID: String
  package var sessionName: String
  /// `@2`.
  package var windowID: String
  package var windowName: String
  package var windowIndex: Int
  /// `%3`.
  package var paneID: String
  package var paneIndex: Int
  /// `@agent-name`, set on the window and on the pane itself.
  package var windowAgentName: String?
  package var paneAgentName: String?
  /// A smaller number means an older pane: a tmux server numbers its panes upwards.
  package var createdOrder: Int

  package init(
    server: String, sessionID: String, sessionName: String, windowID: String, windowName: String,
    windowIndex: Int, paneID: String, paneIndex: Int, windowAgentName: String? = nil,
    paneAgentName: String? = nil, createdOrder: Int
  ) {
    self.server = server
    (self.sessionID, self.sessionName) = (sessionID, sessionName)
    (self.windowID, self.windowName, self.windowIndex) = (windowID, windowName, windowIndex)
    (self.paneID, self.paneIndex) = (paneID, paneIndex)
    (self.windowAgentName, self.paneAgentName) = (windowAgentName, paneAgentName)
    self.createdOrder = createdOrder
  }

  /// `%` and at most 10 digits.
  package static func isPaneID(_ text: String) -> Bool {
    let digits = text.utf8.dropFirst()
    return text.utf8.first == UInt8(ascii: "%") && (1...10).contains(digits.count)
      && digits.allSatisfy(\.isDigit)
  }

  /// Sessions that are never registered: `scratch tmp temp test test-* _*`.
  package static func isSkipped(session: String) -> Bool {
    ["scratch", "tmp", "temp", "test"].contains(session) || session.hasPrefix("test-")
      || session.hasPrefix("_")
  }

  /// Whether it gets an address: its session is not skipped, and its indexes are in range.
  var isAddressed: Bool {
    !LivePane.isSkipped(session: sessionName) && (0...LivePane.mostIndex).contains(paneIndex)
      && (0...LivePane.mostIndex).contains(windowIndex)
  }

  /// `<session>:<index>`, as tmux takes it.
  package var target: String { "\(sessionName):\(windowIndex)" }
  var windowTarget: AddressTarget { AddressTarget(kind: .window, server: server, id: windowID) }
  var paneTarget: AddressTarget { AddressTarget(kind: .pane, server: server, id: paneID) }

  /// An order that does not depend on the order of tmux's list.
  static func precedes(_ left: LivePane, _ right: LivePane) -> Bool {
    if left.createdOrder != right.createdOrder { return left.createdOrder < right.createdOrder }
    if left.server != right.server { return left.server < right.server }
    if left.paneID != right.paneID { return left.paneID < right.paneID }
    if left.sessionName != right.sessionName { return left.sessionName < right.sessionName }
    return left.windowIndex < right.windowIndex
  }
}
