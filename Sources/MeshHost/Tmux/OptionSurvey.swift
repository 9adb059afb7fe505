/// Options of all panes of a server: each level is asked once, however many levels are below it. For 500 windows that is one
/// question a window, a pane and a session in place of one for every level of every pane.
struct OptionSurvey: Sendable {
  private var global: [String: String] = [:]
  private var globalWindow: [String: String] = [:]
  private var server: [String: String] = [:]
  private var sessions: [SessionID: [String: String]] = [:]
  private var windows: [WindowID: [String: String]] = [:]
  private var paneValues: [PaneID: [String: String]] = [:]
  /// What went while it was asked: nothing is said of panes in it.
  private var gone: Set<Place> = []

  private enum Place: Hashable {
    case global, globalWindow, server
    case session(SessionID)
    case window(WindowID)
    case pane(PaneID)

    var arguments: [String] {
      switch self {
      case .global: ["-gqv"]
      case .globalWindow: ["-gwqv"]
      case .server: ["-sqv"]
      case .session(let id): ["-qv", "-t", id.description + ":"]
      case .window(let id): ["-wqv", "-t", id.description]
      case .pane(let id): ["-pqv", "-t", id.description]
      }
    }
  }

  private struct Question {
    let place: Place
    let name: String
  }

  /// A question takes about 90 bytes of the 16 KiB that a client can say.
  private static let questionsOfOneClient = 150

  init(_ panes: [Pane], names: [String], _ tmux: Tmux) throws(Tmux.Failure) {
    let sessions = Set(panes.flatMap { $0.links.map(\.session) })
    let windows = Set(panes.map(\.window))
    let places: [Place] =
      [.global, .globalWindow, .server] + sessions.map { .session($0) }
      + windows.map { .window($0) }
      + panes.map { .pane($0.id) }
    let questions = places.flatMap { place in names.map { Question(place: place, name: $0) } }
    for start in stride(from: 0, to: questions.count, by: Self.questionsOfOneClient) {
      try ask(questions[start..<min(start + Self.questionsOfOneClient, questions.count)], tmux)
    }
  }

  /// What is set for a pane at each level; nil: it has gone.
  func levels(_ pane: Pane, _ name: String) -> OptionLevels? {
    let places: [Place] =
      [.pane(pane.id), .window(pane.window)] + pane.links.map { .session($0.session) }
    guard gone.isDisjoint(with: places) else { return nil }
    return OptionLevels(
      pane: paneValues[pane.id]?[name], window: windows[pane.window]?[name],
      sessions: Dictionary(
        pane.links.compactMap { link in
          sessions[link.session]?[name].map { (link.session, $0) }
        }, uniquingKeysWith: { first, _ in first }),
      global: global[name], globalWindow: globalWindow[name], server: server[name])
  }

  /// A target that has gone ends the client: the others are asked again without it.
  private mutating func ask(
    _ questions: ArraySlice<Question>, _ tmux: Tmux
  ) throws(Tmux.Failure) {
    let values: [String?]
    do { values = try Self.values(questions, tmux) } catch {
      guard case .refused = error else { throw error }
      guard questions.count > 1 else { return questions.forEach { gone.insert($0.place) } }
      let middle = questions.startIndex + questions.count / 2
      try ask(questions[..<middle], tmux)
      return try ask(questions[middle...], tmux)
    }
    for (question, value) in zip(questions, values) {
      if let value { set(value, question) }
    }
  }

  private static func values(
    _ questions: ArraySlice<Question>, _ tmux: Tmux
  ) throws(Tmux.Failure) -> [String?] {
    let marks = Marks()
    let commands = questions.flatMap { question in
      [
        ["display-message", "-p", marks.mark(.option)],
        ["show-options"] + question.place.arguments + [question.name],
      ]
    }
    var stream = MarkedStream(marks)
    stream.append(
      try tmux.run(all: commands + [["display-message", "-p", marks.event(.looked)]]))
    var values: [String?] = []
    while let chunk = stream.next() {
      if chunk.kind == .option { values.append(OptionQuery.value(chunk.body)) }
    }
    guard values.count == questions.count else { throw .garbled }
    return values
  }

  private mutating func set(_ value: String, _ question: Question) {
    let name = question.name
    switch question.place {
    case .global: global[name] = value
    case .globalWindow: globalWindow[name] = value
    case .server: server[name] = value
    case .session(let id): sessions[id, default: [:]][name] = value
    case .window(let id): windows[id, default: [:]][name] = value
    case .pane(let id): paneValues[id, default: [:]][name] = value
    }
  }
}
