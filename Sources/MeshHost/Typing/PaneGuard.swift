/// Conditions that tmux checks in the same breath as what they guard. Only numbers, ids and constants of ours stand
/// in them: a format runs `#()`, and names, titles and commands are chosen by others.
enum PaneGuard {
  /// Alive, in no mode, and in every respect that a draft, a key or another program would change as it was.
  static func unchanged(since look: PaneLook) -> String {
    all(
      able(look) + [
        equal("window_id", look.window.description), equal("cursor_x", look.cursor.column),
        equal("cursor_y", look.cursor.row), equal("history_size", look.historySize),
        equal("pane_width", look.columns), equal("pane_height", look.rows),
        equal("alternate_on", look.isAlternateScreen ? 1 : 0),
        equal("pane_synchronized", look.isSynchronized ? 1 : 0),
      ])
  }

  /// Alive, in no mode, and its visible screen shows what Enter is waiting for.
  static func shows(_ wanted: EnterGuard, _ look: PaneLook) -> String {
    let absent = wanted.absent.map { "#{==:#{C:\($0)},0}" }
    return all(able(look) + absent + ["#{C:\(wanted.visible)}"])
  }

  private static func able(_ look: PaneLook) -> [String] {
    [
      equal("pane_dead", 0), equal("pane_in_mode", 0), equal("pane_input_off", 0),
      equal("pane_pid", Int(look.pid)),
    ]
  }

  private static func equal(_ name: String, _ value: Int) -> String { equal(name, "\(value)") }
  private static func equal(_ name: String, _ value: String) -> String {
    "#{==:#{\(name)},\(value)}"
  }

  /// `#{&&:…}` takes two.
  private static func all(_ conditions: [String]) -> String {
    guard let last = conditions.last else { return "0" }
    return conditions.dropLast().reversed().reduce(last) { "#{&&:\($1),\($0)}" }
  }
}
