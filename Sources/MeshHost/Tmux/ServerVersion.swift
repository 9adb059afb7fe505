/// Which server answered: its pid and start time, so that another server at
/// the same socket is noticed.
package struct ServerIdentity: Equatable, Hashable, Sendable {
  package let pid: Int32
  /// Seconds since 1970.
  package let startTime: Int64
  /// Made printable.
  package let socketPath: String
  /// `3.3a`, made printable.
  package let version: String

  /// Identifies one run of one server; stored with addresses.
  var instance: String { "\(pid) \(startTime)" }

  static let formats = ["#{pid}|#{start_time}", "#{version}", "#{socket_path}"]

  init?(_ fields: ArraySlice<String>) {
    let fields = Array(fields)
    guard fields.count == 3 else { return nil }
    let numbers = fields[0].split(separator: "|")
    guard numbers.count == 2, let pid = Int32(numbers[0]), pid > 0,
      let startTime = Int64(numbers[1])
    else { return nil }
    self.pid = pid
    self.startTime = startTime
    version = Printable.line(fields[1], limit: 32)
    socketPath = Printable.line(fields[2])
  }

  /// Typing needs tmux 3.2. A version that is not a number, as of a build
  /// from source, counts as new.
  private var isTooOld: Bool {
    let numbers = version.split(separator: ".", maxSplits: 1)
    guard numbers.count == 2, let major = Int(numbers[0]),
      let minor = Int(numbers[1].prefix { ("0"..."9").contains($0) })
    else { return false }
    return (major, minor) < (3, 2)
  }

  /// - Returns: the server that these fields describe.
  static func answered(_ fields: [String]?) throws(Tmux.Failure) -> ServerIdentity {
    guard let fields, let server = ServerIdentity(fields[...]) else { throw .garbled }
    guard !server.isTooOld else { throw .tooOld(version: server.version) }
    return server
  }
}

extension Tmux {
  package func serverIdentity() throws(Failure) -> ServerIdentity {
    let marks = Marks()
    let out = try run(["display-message", "-p", marks.record(ServerIdentity.formats)])
    return try ServerIdentity.answered(marks.records(out).first)
  }
}
