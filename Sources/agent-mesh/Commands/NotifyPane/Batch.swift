internal import FoundationEssentials
internal import Mesh
internal import MeshHost

/// `notify-pane --batch`: one JSON object a line on stdin, one result object a line on stdout, in the same order. All
/// messages to a host share one ssh connection.
struct Batch {
  /// A body of 64 KiB, each byte of it written as an escape.
  private static let lineLimit = 512 << 10
  private static let patience = Duration.seconds(3600)

  let site: Site
  let message: SendCommand

  private struct Line: Decodable {
    let to: String
    let body: String
    let id: String?
    let replyTo: String?
    let inReplyTo: String?
    let queue: Bool?
    let force: Bool?
    let seal: Bool?
    /// Seconds.
    let wait: Int?

    enum CodingKeys: String, CodingKey {
      case to, body, id, queue, force, seal, wait
      case replyTo = "reply-to"
      case inReplyTo = "in-reply-to"
    }
  }

  func run() throws {
    var worst: Int32 = 0
    var rest: [UInt8] = []
    var number = 0
    while true {
      let piece: [UInt8]
      do { piece = try Standard.read(atMost: 1 << 16, until: .now + Self.patience) } catch {
        throw Failure.usage("stdin could not be read after line \(number)")
      }
      rest += piece
      while let end = rest.firstIndex(of: 10) {
        number += 1
        worst = max(worst, send(rest[..<end], number))
        rest = Array(rest[(end + 1)...])
      }
      if piece.isEmpty { break }
      guard rest.count <= Self.lineLimit else {
        throw Failure.usage(
          "line \(number + 1) is longer than \(Self.lineLimit) bytes; it was not sent")
      }
    }
    if !rest.isEmpty { worst = max(worst, send(rest[...], number + 1)) }
    Output.forgive()
    if let status = ExitStatus(rawValue: worst), status != .done { throw Failure.said(status) }
  }

  private func send(_ line: ArraySlice<UInt8>, _ number: Int) -> Int32 {
    guard line.contains(where: { $0 > 32 }) else { return 0 }
    guard let wanted = try? JSONDecoder().decode(Line.self, from: Data(line)) else {
      let failure = Failure.usage(
        "line \(number) is no object with \"to\" and \"body\"; it was not sent",
        try: #"{"to":"hub-dev-cat","body":"hello"}"#)
      Output.json(RecipientFailure("-", failure))
      return failure.code
    }
    do {
      try order(wanted, number).run(site)
      return 0
    } catch {
      let failure = Failure(error)
      if !failure.wasSaid { Output.json(RecipientFailure(wanted.to, failure)) }
      return failure.code
    }
  }

  private func order(_ line: Line, _ number: Int) throws -> SendCommand {
    var one = message
    (one.words, one.body) = ([line.to], try Body.checked(Array(line.body.utf8), to: line.to))
    (one.id, one.replyTo, one.inReplyTo) = (line.id, line.replyTo, line.inReplyTo)
    (one.queue, one.force) = (line.queue ?? message.queue, line.force ?? message.force)
    one.notify = one.queue
    one.seal = line.seal ?? message.seal
    if let wait = line.wait {
      guard (1...SendOptions.longestWait).contains(wait) else {
        throw Failure.usage(
          "line \(number): wait is 1 to \(SendOptions.longestWait) seconds; it was not sent")
      }
      one.wait = wait
    }
    one.json = true
    return one
  }
}
