internal import Mesh

/// The lines that paste and press Enter. tmux checks each line's condition together with the action that it guards.
/// Every byte of a message is written as `\ooo`, so none can be syntax. Conditions contain only our own numbers, ids
/// and constants: a format runs `#()`, and others choose names, titles and commands.
struct TypingScript {
  let look: PaneLook
  let marks: Marks

  /// Sets the buffers, then pastes them all if the pane is unchanged.
  func paste(_ paste: Paste) -> [String] {
    let buffers = paste.pieces.indices.map { "am-\(paste.id)-\($0)" }
    let flags = paste.bracketed ? "-p -r -d" : "-r -d"
    let pastes = buffers.map { "paste-buffer \(flags) -b \($0) -t \(look.pane)" }
    let drops = buffers.map { "delete-buffer -b \($0)" }
    return zip(buffers, paste.pieces).map { "set-buffer -b \($0) -- \(Tmux.octal($1))" }
      + [ifUnchanged(pastes + [say(.pasted)], otherwise: drops + [say(.refused)])] + moment
  }

  /// Keys may go to every pane of the window; a pasted CR reaches only this pane.
  var enter: [String] {
    let buffer = "am-enter-\(look.pane.number)"
    let press =
      look.isSynchronized
      ? ["set-buffer -b \(buffer) \"\\015\"", "paste-buffer -r -d -b \(buffer) -t \(look.pane)"]
      : ["send-keys -t \(look.pane) Enter"]
    return [ifUnchanged(press + [say(.entered)], otherwise: [say(.held)])] + moment
  }

  /// Most programs answer in less than a millisecond, but tmux's timers have a resolution of four: wait for turns
  /// of the server's own loop, about 20 µs each, in which it reads the panes' output; for few, if the cursor moves.
  private var moment: [String] {
    let turn = "run-shell -d 0"
    let rest = Array(repeating: turn, count: 17).joined(separator: " ; ")
    let still = "#{==:#{cursor_x}|#{cursor_y},\(look.cursor.column)|\(look.cursor.row)}"
    return Array(repeating: turn, count: 3) + ["if-shell -F -t \(look.pane) '\(still)' { \(rest) }"]
  }

  private func say(_ event: Marks.Kind) -> String { "display-message -p \(marks.event(event))" }

  private func ifUnchanged(_ then: [String], otherwise: [String]) -> String {
    "if-shell -F -t \(look.pane) '\(unchanged)' { \(then.joined(separator: " ; ")) }"
      + " { \(otherwise.joined(separator: " ; ")) }"
  }

  /// Alive, in no mode, and unchanged in all that a draft, a key, a question or another program would change.
  private var unchanged: String {
    let conditions = [
      ("pane_dead", "0"), ("pane_in_mode", "0"), ("pane_input_off", "0"),
      ("pane_pid", "\(look.pid)"), ("window_id", look.window.description),
      ("cursor_x", "\(look.cursor.column)"), ("cursor_y", "\(look.cursor.row)"),
      ("history_size", "\(look.historySize)"),
      ("pane_width", "\(look.columns)"), ("pane_height", "\(look.rows)"),
      ("alternate_on", look.isAlternateScreen ? "1" : "0"),
      ("pane_synchronized", look.isSynchronized ? "1" : "0"),
    ]
    return Self.all(
      (conditions.map { "#{==:#{\($0)},\($1)}" } + look.shownSigns.unchanged)[...])
  }

  /// `#{&&:…}` takes two arguments. Old versions of tmux nest formats at most ten times.
  private static func all(_ conditions: ArraySlice<String>) -> String {
    guard conditions.count > 1 else { return conditions.first ?? "1" }
    let middle = conditions.startIndex + conditions.count / 2
    return "#{&&:\(all(conditions[..<middle])),\(all(conditions[middle...]))}"
  }
}

extension Tmux {
  /// Removes message buffers that a killed sender left.
  package func sweepBuffers(now: Int64 = Clock.now / 1000) throws(Failure) {
    let marks = Marks()
    let out = try run([
      "list-buffers", "-F", marks.record(["#{buffer_created}", "#{buffer_name}"]),
    ])
    let all = marks.records(out).filter { $0.count == 2 }
    drop(all.filter { Tmux.isLeftBuffer($0[1], created: $0[0], at: now) }.map { $0[1] })
  }

  /// Removes all buffers of one message.
  func dropBuffers(of id: String) {
    guard Paste.isID(id), let out = try? run(["list-buffers", "-F", "#{buffer_name}"]) else {
      return
    }
    let names = String(decoding: out, as: UTF8.self).split(separator: "\n").map(String.init)
    drop(names.filter { Tmux.isBuffer($0) && $0.hasPrefix("am-\(id)-") })
  }

  /// A buffer that has disappeared must not stop the removal of the others.
  private func drop(_ names: [String]) {
    for name in names { _ = try? run(["delete-buffer", "-b", name]) }
  }

  /// A message's, and so old that no process will paste it.
  static func isLeftBuffer(
    _ name: some StringProtocol, created: some StringProtocol, at now: Int64 = Clock.now / 1000
  ) -> Bool {
    Int64(created).map { $0 < now - 60 } == true && isBuffer(name)
  }

  /// `am-<id>-<n>`
  private static func isBuffer(_ name: some StringProtocol) -> Bool {
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    return parts.count == 3 && parts[0] == "am" && Paste.isID(parts[1])
      && (1...4).contains(parts[2].count) && Int(parts[2]) != nil
  }
}
