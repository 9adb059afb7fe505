/// How we find our way in what tmux prints: names, titles and screens may hold any byte, so every field stands
/// between marks that nobody could know: 20 random characters (100 bits), new for each client, and one that says what follows.
struct Marks: Sendable {
  /// What follows a mark.
  enum Kind: UInt8 {
    /// The first field of a record, a further one, and what was printed behind the record.
    case record = 0x61
    case field, behind
    /// An attached client; the value of an option.
    case client, option
    /// A look is complete.
    case looked
    case pasted, refused, entered, held
    /// Nothing.
    case filler
  }

  struct Chunk {
    let kind: Kind
    let body: [UInt8]
  }

  let secret: String

  init() {
    let letters = Array("abcdefghijklmnopqrstuvwxyz234567")
    secret = String((0..<20).map { _ in letters[Int.random(in: 0..<32)] })
  }

  func mark(_ kind: Kind) -> String { secret + String(UnicodeScalar(kind.rawValue)) }

  /// A mark that is complete as soon as it is printed.
  func event(_ kind: Kind) -> String { mark(kind) + mark(.filler) }

  /// A tmux format for one record of these formats.
  func record(_ formats: [String]) -> String {
    var text = ""
    for (index, format) in formats.enumerated() {
      text += mark(index == 0 ? .record : .field) + format
    }
    return text + mark(.behind)
  }

  /// The records in a whole output; what stands behind each is left out.
  func records(_ output: [UInt8]) -> [[String]] {
    var stream = MarkedStream(self)
    stream.append(output + Array(mark(.filler).utf8))
    var records: [[String]] = []
    while let chunk = stream.next() {
      switch chunk.kind {
      case .record: records.append([text(chunk)])
      case .field where !records.isEmpty: records[records.count - 1].append(text(chunk))
      default: break
      }
    }
    return records
  }

  private func text(_ chunk: Chunk) -> String { String(decoding: chunk.body, as: UTF8.self) }
}

/// What a client prints, cut at the marks as it comes in.
struct MarkedStream {
  private let secret: [UInt8]
  private var buffer: [UInt8] = []
  /// Up to here there is no mark but the one at the front.
  private var searched = 0
  private var started = false

  init(_ marks: Marks) { secret = Array(marks.secret.utf8) }

  /// Bytes waiting for the next mark.
  var pending: Int { buffer.count }

  mutating func append(_ bytes: [UInt8]) { buffer += bytes }

  /// A mark, its kind and everything up to the next mark; nil: the next mark has not come yet.
  mutating func next() -> Marks.Chunk? {
    while let end = find(from: max(searched, started ? secret.count : 0)) {
      // What stands before the first mark is nobody's.
      let chunk = started ? chunk(to: end) : nil
      buffer.removeFirst(end)
      searched = 0
      started = true
      if let chunk { return chunk }
    }
    searched = max(0, buffer.count - secret.count + 1)
    return nil
  }

  private func chunk(to end: Int) -> Marks.Chunk? {
    guard end > secret.count, let kind = Marks.Kind(rawValue: buffer[secret.count]) else {
      return nil
    }
    return Marks.Chunk(kind: kind, body: Array(buffer[(secret.count + 1)..<end]))
  }

  private func find(from start: Int) -> Int? {
    let first = secret[0]
    var index = start
    while index + secret.count <= buffer.count {
      if buffer[index] == first, buffer[index..<(index + secret.count)].elementsEqual(secret) {
        return index
      }
      index += 1
    }
    return nil
  }
}
