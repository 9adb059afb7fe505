internal import FoundationEssentials
package import Mesh

/// What the log says of one message, as far as that is asked for.
package struct AuditFinding: Decodable, Sendable {
  package let event: String
  package let to: String?
}

extension AuditLog {
  private static let window = 1 << 20

  /// The last line about a message that this host sent; looked for from the end, so that a long log costs nothing for
  /// what was sent lately.
  package func last(about id: MessageID) throws(SetupError) -> AuditFinding? {
    let directory = try home.directory("log")
    do {
      guard try directory.facts(of: AuditLog.name) != nil else { return nil }
      let file = try RecordFile.openLocked(
        in: directory, AuditLog.name, until: .now + .seconds(5))
      var end = try file.size()
      while end > 0 {
        let from = max(0, end - Int64(Self.window))
        let part = try file.read(limit: Int(end - from), from: from)
        if let found = Self.last(about: id, in: part) { return found }
        // A line may lie across: the next part ends one line's length further on.
        end = from == 0 ? 0 : from + Int64(AuditLog.lineLimit)
      }
      return nil
    } catch { throw SetupError(error) }
  }

  private static func last(about id: MessageID, in part: [UInt8]) -> AuditFinding? {
    let sign = Array("\"id\":\"\(id)\"".utf8)
    for line in part.split(separator: 10).reversed() where contains(line, sign) {
      let found = try? JSONDecoder().decode(AuditFinding.self, from: Data(line))
      if let found, found.event == "sent" { return found }
    }
    return nil
  }

  private static func contains(_ line: ArraySlice<UInt8>, _ sign: [UInt8]) -> Bool {
    guard line.count >= sign.count else { return false }
    return (line.startIndex...(line.endIndex - sign.count)).contains {
      line[$0] == sign[0] && line[$0..<($0 + sign.count)].elementsEqual(sign)
    }
  }
}
