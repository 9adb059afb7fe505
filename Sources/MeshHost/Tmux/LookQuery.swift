internal import Mesh

/// A look at a pane: the commands that ask tmux, and the reader of what they print. `Marks` separates the parts.
/// Typing uses it in its own client, `Tmux.look` in a new one.
struct LookQuery {
  private let pane: PaneID
  private let options: OptionQuery
  private let marks: Marks
  /// Known from the first look, so not asked again.
  private let place: PanePlace?
  /// Whether tmux searches the screen for the signs of questions.
  private let signs: Bool
  private var fields: [String] = []
  private var capture: [UInt8] = []
  private var watchers: [Watcher] = []
  private var values: [[UInt8]] = []
  private var hasLeftBuffers = false

  init(_ pane: PaneID, _ options: OptionQuery, _ marks: Marks) {
    (self.pane, self.options, self.marks, place, signs) = (pane, options, marks, nil, false)
  }

  /// For the looks after the first.
  init(after place: PanePlace, _ marks: Marks, signs: Bool = false) {
    (pane, options, self.marks, self.place, self.signs) = (place.pane, .none, marks, place, signs)
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
    ] + (place == nil ? [buffers] : []) + options.commands(marks) + [
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
    case .buffer: addBuffer(chunk.body)
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
    watchers.append(Watcher(activity: activity, isReadOnly: words[1] == "1"))
  }

  private mutating func addBuffer(_ body: [UInt8]) {
    let words = String(decoding: body, as: UTF8.self).split { $0 == " " || $0 == "\n" }
    guard words.count == 2, Tmux.isLeftBuffer(words[1], created: words[0]) else { return }
    hasLeftBuffers = true
  }

  private mutating func finish() throws(Tmux.Failure) -> PaneLook {
    let count = PaneLook.fields
    guard let place = place ?? PanePlace(fields.dropFirst(count)), place.pane == pane,
      var look = PaneLook(fields.prefix(count), place), let levels = options.levels(from: values)
    else { throw .garbled }
    look.capture = capture
    look.watchers = watchers
    look.options = levels
    look.hasLeftBuffers = hasLeftBuffers
    (fields, capture, watchers, values) = ([], [], [], [])
    return look
  }
}

extension Tmux {
  /// Flags, screen and the requested options, in one client, with what a recording needs.
  package func look(
    _ pane: PaneID, options: OptionQuery = .none
  ) throws(Failure) -> PaneLook {
    let marks = Marks()
    let query = LookQuery(pane, options, marks)
    let out = try run(
      all: [["capture-pane", "-p", "-e", "-t", pane.description]] + query.commands)
    guard var look = try Self.looks([query], marks, out).first else { throw .garbled }
    look.recordable = Array(out.prefix(out[...].position(of: Array(marks.secret.utf8)) ?? 0))
    return look
  }

  /// tmux sends a client's commands in one message of at most 16 KiB; a look
  /// needs about 650 bytes of it.
  private static let looksOfOneClient = 20

  /// Looks at many panes of this server, to show them, not to type into one. Each look is from one moment. Panes
  /// that have closed are left out.
  func looks(_ panes: [PlacedPane]) -> [PaneLook] {
    stride(from: 0, to: panes.count, by: Tmux.looksOfOneClient).flatMap { start in
      halving(panes[start..<min(start + Tmux.looksOfOneClient, panes.count)])
    }
  }

  /// If a pane has closed, the client that looks at it fails. Then look at the halves separately.
  private func halving(_ panes: ArraySlice<PlacedPane>) -> [PaneLook] {
    let marks = Marks()
    let queries = panes.map { LookQuery(after: PanePlace($0), marks) }
    do { return try Self.looks(queries, marks, try run(all: queries.flatMap(\.commands))) } catch {
      if case .timeout = error { return [] }
      guard panes.count > 1 else { return [] }
      let middle = panes.startIndex + panes.count / 2
      return halving(panes[..<middle]) + halving(panes[middle...])
    }
  }

  private static func looks(
    _ queries: [LookQuery], _ marks: Marks, _ output: [UInt8]
  ) throws(Failure) -> [PaneLook] {
    var (queries, looks, stream) = (queries[...], [PaneLook](), MarkedStream(marks))
    stream.append(output)
    while let chunk = stream.next(), !queries.isEmpty {
      guard let look = try queries[queries.startIndex].take(chunk) else { continue }
      looks.append(look)
      queries.removeFirst()
    }
    return looks
  }
}
