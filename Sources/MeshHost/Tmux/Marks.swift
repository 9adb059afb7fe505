/// Splits what tmux prints. Names, titles and screens may contain any byte, so every field is
/// between marks that nobody can guess: 20 random characters (100 bits), new for each client, and a
/// character that says what follows.
struct Marks: Sendable {
  /// What follows a mark.
  enum Kind: UInt8 {
    /// The first field of a record; a further field; what was printed after the record.
    case record = 0x61
    case field, behind
    /// An attached client; the value of an option.
    case client, option
    /// A look is complete.
    case looked
    case pasted, refused, entered, held
    /// A buffer of a message; a script has come to its end.
    case buffer, stepped
    /// What commands print follows; all of them have succeeded.
    case output, done
    /// Nothing.
    case filler
  }

  struct Chunk {
    let kind: Kind
    let body: [UInt8]
  }

  let secret: String

  init() {
    let letters = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
    // Ten letters from each, because every random number is a system call.
    let numbers = (0..<2).map { _ in UInt64.random(in: .min ... .max) }
    let drawn = numbers.flatMap { number in (0..<10).map { letters[Int(number >> ($0 * 5) & 31)] } }
    secret = String(decoding: drawn, as: UTF8.self)
  }

  func mark(_ kind: Kind) -> String { secret + String(UnicodeScalar(kind.rawValue)) }

  /// A mark that is complete as soon as it is printed.
  func event(_ kind: Kind) -> String { mark(kind) + mark(.filler) }

  /// A tmux format that prints one record with these fields.
  func record(_ formats: [String]) -> String {
    var text = ""
    for (index, format) in formats.enumerated() {
      text += mark(index == 0 ? .record : .field) + format
    }
    return text + mark(.behind)
  }

  /// The records in a complete output, without what was printed after each.
  func records(_ output: [UInt8]) -> [[String]] { recordsAndOptions(output).records }

  /// The same, with the values of options that were printed among them.
  func recordsAndOptions(_ output: [UInt8]) -> (records: [[String]], values: [[UInt8]]) {
    var stream = MarkedStream(self)
    stream.append(output + Array(mark(.filler).utf8))
    var records: [[String]] = []
    var values: [[UInt8]] = []
    while let chunk = stream.next() {
      switch chunk.kind {
      case .record: records.append([text(chunk)])
      case .field where !records.isEmpty: records[records.count - 1].append(text(chunk))
      case .option: values.append(chunk.body)
      default: break
      }
    }
    return (records, values)
  }

  private func text(_ chunk: Chunk) -> String { String(decoding: chunk.body, as: UTF8.self) }
}

/// Splits a client's output at the marks, as it arrives.
struct MarkedStream {
  private let secret: [UInt8]
  private var buffer: [UInt8] = []
  /// The bytes before this index were already returned.
  private var front = 0
  /// Up to this index there is no mark except the one at the front.
  private var searched = 0
  private var started = false

  init(_ marks: Marks) { secret = Array(marks.secret.utf8) }

  /// How many bytes wait for the next mark.
  var pending: Int { buffer.count - front }

  mutating func append(_ bytes: [UInt8]) {
    buffer.removeFirst(front)
    searched -= front
    front = 0
    buffer += bytes
  }

  /// A mark, its kind, and everything up to the next mark; `nil` if the next mark has not arrived.
  mutating func next() -> Marks.Chunk? {
    while let end = buffer.dropFirst(max(searched, started ? front + secret.count : front))
      .position(of: secret)
    {
      // Ignore everything before the first mark.
      let chunk = started ? chunk(to: end) : nil
      front = end
      searched = end
      started = true
      if let chunk { return chunk }
    }
    searched = max(front, buffer.count - secret.count + 1)
    return nil
  }

  private func chunk(to end: Int) -> Marks.Chunk? {
    let body = front + secret.count
    guard end > body, let kind = Marks.Kind(rawValue: buffer[body]) else { return nil }
    return Marks.Chunk(kind: kind, body: Array(buffer[(body + 1)..<end]))
  }
}
