/// The commands of a look at a pane, and the reader of their output. `Marks` separates the parts.
/// Typing uses it in its own client, `Tmux.look` in a new one.
struct LookReader {
  let pane: PaneID
  let query: OptionQuery
  let marks: Marks
  /// Known from the first look, so not asked again.
  private let place: PanePlace?
  /// Whether tmux searches the screen for the signs of questions.
  private let signs: Bool
  private var fields: [String] = []
  private var capture: [UInt8] = []
  private var watchers: [PaneLook.Watcher] = []
  private var values: [[UInt8]] = []
  private var hasLeftBuffers = false

  init(_ pane: PaneID, _ query: OptionQuery, _ marks: Marks) {
    (self.pane, self.query, self.marks, place, signs) = (pane, query, marks, nil, false)
  }

  /// For the looks after the first.
  init(after place: PanePlace, _ marks: Marks, signs: Bool = false) {
    (pane, query, self.marks, self.place, self.signs) = (place.pane, .none, marks, place, signs)
  }

  /// tmux runs one client's commands without a break, so flags, screen and
  /// options are from one moment.
  var commands: [[String]] {
    let formats = PaneLook.formats(signs: signs) + (place == nil ? PanePlace.formats : [])
    return [
      ["display-message", "-p", "-t", pane.description, marks.record(formats)],
      ["capture-pane", "-p", "-e", "-N", "-t", pane.description],
      [
        "list-clients", "-F",
        marks.mark(.client) + "#{client_activity} #{client_readonly} #{pane_id} ",
      ],
    ] + (place == nil ? [buffers] : []) + query.commands(pane, marks) + [
      ["display-message", "-p", marks.event(.looked)]
    ]
  }

  /// The first look tells whether there are buffers to remove.
  private var buffers: [String] {
    ["list-buffers", "-F", marks.mark(.buffer) + "#{buffer_created} #{buffer_name}"]
  }

  /// Takes the next chunk. - Returns: the look, if this was its last chunk.
  mutating func take(_ chunk: Marks.Chunk) throws(Tmux.Failure) -> PaneLook? {
    switch chunk.kind {
    case .record: fields = [String(decoding: chunk.body, as: UTF8.self)]
    case .field: fields.append(String(decoding: chunk.body, as: UTF8.self))
    case .behind: capture = Array(chunk.body.dropFirst())
    case .client: addWatcher(chunk.body)
    case .buffer: if isOld(chunk.body) { hasLeftBuffers = true }
    case .option: values.append(chunk.body)
    case .looked: return try finish()
    default: break
    }
    return nil
  }

  private mutating func addWatcher(_ body: [UInt8]) {
    let words = String(decoding: body, as: UTF8.self).split(separator: " ")
    guard words.count >= 3, let activity = Int64(words[0]), words[2] == pane.description else {
      return
    }
    watchers.append(PaneLook.Watcher(activity: activity, isReadOnly: words[1] == "1"))
  }

  /// A message's, and so old that no process will paste it.
  private func isOld(_ body: [UInt8]) -> Bool {
    let words = String(decoding: body, as: UTF8.self).split { $0 == " " || $0 == "\n" }
    guard words.count == 2, let created = Int64(words[0]) else { return false }
    return Tmux.isBuffer(words[1]) && created < Clock.now / 1000 - 60
  }

  private mutating func finish() throws(Tmux.Failure) -> PaneLook {
    let count = PaneLook.fields
    guard let place = place ?? PanePlace(fields.dropFirst(count)), place.pane == pane,
      var look = PaneLook(fields.prefix(count), place), let options = query.levels(from: values)
    else { throw .garbled }
    look.capture = capture
    look.watchers = watchers
    look.options = options
    look.hasLeftBuffers = hasLeftBuffers
    (fields, capture, watchers, values) = ([], [], [], [])
    return look
  }
}

extension Tmux {
  /// Flags, screen and the requested options, in one client.
  package func look(
    _ pane: PaneID, options: OptionQuery = .none
  ) throws(Failure) -> PaneLook {
    let marks = Marks()
    var reader = LookReader(pane, options, marks)
    var stream = MarkedStream(marks)
    stream.append(try run(all: reader.commands))
    while let chunk = stream.next() {
      if let look = try reader.take(chunk) { return look }
    }
    throw .garbled
  }
}
