/// Which options of a pane to read, at which levels and from which sessions: those that contain the
/// pane's window.
package struct OptionQuery: Sendable {
  /// How far up an option has a meaning. Each level costs two commands.
  enum Reach: Sendable { case pane, session, all }

  /// In the order in which tmux is asked.
  private(set) var questions: [OptionQuestion] = []

  /// No options.
  package static let none = OptionQuery()

  private init() {}

  private init(
    _ names: [String], _ reach: Reach, _ pane: PaneID, _ sessions: [OptionPlace]
  ) {
    let places: [OptionPlace] =
      switch reach {
      case .pane: [.pane(pane)]
      case .session: [.pane(pane), .windowOf(pane)] + sessions
      case .all: [.pane(pane), .windowOf(pane), .global, .globalWindow, .server] + sessions
      }
    for name in names where OptionQuestion.isName(name) {
      questions += places.map { OptionQuestion(place: $0, name: name) }
    }
  }

  /// - Parameter names: each once. What cannot be a name is left out.
  init(_ names: [String], _ reach: Reach, of pane: Pane) {
    self.init(names, reach, pane.id, pane.links.map { .session($0.session) })
  }

  package init(_ names: [String], of pane: Pane) { self.init(names, .all, of: pane) }

  /// For a pane of which no more is known, if its window is in one session only.
  init(_ names: [String], of pane: PaneID) { self.init(names, .all, pane, [.sessionOf(pane)]) }

  static func + (one: OptionQuery, other: OptionQuery) -> OptionQuery {
    var both = one
    both.questions += other.questions
    return both
  }

  func commands(_ marks: Marks) -> [[String]] { questions.flatMap { $0.commands(marks) } }

  /// - Parameter values: what was printed after each mark, in the order of `commands`.
  /// - Parameter session: the pane's, if only its id was known.
  /// - Returns: `nil` if the number of values is wrong.
  func levels(
    from values: some Collection<[UInt8]>, session: SessionID? = nil
  ) -> [String: OptionLevels]? {
    guard values.count == questions.count else { return nil }
    var all: [String: OptionLevels] = [:]
    for (question, printed) in zip(questions, values) {
      all[question.name, default: OptionLevels()].set(
        OptionQuestion.value(printed), at: question.place, session: session)
    }
    return all
  }
}

extension Tmux {
  /// Options of a pane at every level, in one client.
  package func optionLevels(pane: Pane, names: [String]) throws(Failure) -> [String: OptionLevels] {
    try optionLevels(of: [(pane, names)], reach: .all)[pane.id] ?? [:]
  }

  /// Options of many panes, up to sixty per client.
  func optionLevels(
    of wanted: [(pane: Pane, names: [String])], reach: OptionQuery.Reach
  ) throws(Failure) -> [PaneID: [String: OptionLevels]] {
    var found: [PaneID: [String: OptionLevels]] = [:]
    for start in stride(from: 0, to: wanted.count, by: 60) {
      let part = wanted[start..<min(start + 60, wanted.count)].map { pane, names in
        (pane.id, OptionQuery(names, reach, of: pane))
      }
      var values = try values(part.flatMap(\.1.questions))[...]
      for (pane, query) in part {
        found[pane] = query.levels(from: values.prefix(query.questions.count))
        values = values.dropFirst(query.questions.count)
      }
    }
    return found
  }

  /// - Returns: what tmux prints for each question.
  fileprivate func values(_ questions: [OptionQuestion]) throws(Failure) -> [[UInt8]] {
    guard !questions.isEmpty else { return [] }
    let marks = Marks()
    let commands = questions.flatMap { $0.commands(marks) }
    let out = try run(all: commands + [["display-message", "-p", marks.event(.looked)]])
    let values = marks.recordsAndOptions(out).values
    guard values.count == questions.count else { throw .garbled }
    return values
  }
}

/// Options of all panes of a server: each level is asked once, however many levels are below it. For 500 windows that is one
/// question a window, a pane and a session in place of one for every level of every pane.
struct OptionSurvey: Sendable {
  private var values: [OptionQuestion: String] = [:]
  /// What went while it was asked: nothing is said of panes in it.
  private var gone: Set<OptionPlace> = []

  /// A question takes about 90 bytes of the 16 KiB that a client can say.
  private static let questionsOfOneClient = 150

  init(_ panes: [Pane], names: [String], _ tmux: Tmux) throws(Tmux.Failure) {
    let places = Set(panes.flatMap(Self.places))
    let questions = places.flatMap { place in
      names.map { OptionQuestion(place: place, name: $0) }
    }
    for start in stride(from: 0, to: questions.count, by: Self.questionsOfOneClient) {
      try ask(questions[start..<min(start + Self.questionsOfOneClient, questions.count)], tmux)
    }
  }

  private static func places(_ pane: Pane) -> [OptionPlace] {
    [.pane(pane.id), .window(pane.window), .global, .globalWindow, .server]
      + pane.links.map { .session($0.session) }
  }

  /// What is set for a pane at each level; nil: it has gone.
  func levels(_ pane: Pane, _ name: String) -> OptionLevels? {
    let places = Self.places(pane)
    guard gone.isDisjoint(with: places) else { return nil }
    var levels = OptionLevels()
    for place in places {
      levels.set(values[OptionQuestion(place: place, name: name)], at: place)
    }
    return levels
  }

  /// A target that has gone ends the client: the others are asked again without it.
  private mutating func ask(
    _ questions: ArraySlice<OptionQuestion>, _ tmux: Tmux
  ) throws(Tmux.Failure) {
    do throws(Tmux.Failure) {
      for (question, printed) in zip(questions, try tmux.values(Array(questions))) {
        values[question] = OptionQuestion.value(printed)
      }
    } catch {
      guard case .refused = error else { throw error }
      guard questions.count > 1 else { return questions.forEach { gone.insert($0.place) } }
      let middle = questions.startIndex + questions.count / 2
      try ask(questions[..<middle], tmux)
      try ask(questions[middle...], tmux)
    }
  }
}
