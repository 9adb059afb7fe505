extension Tmux {
  /// Removes message buffers that a killed sender left behind.
  /// - Parameter age: seconds; younger ones may be in use.
  package func sweepBuffers(olderThan age: Int64 = 60, now: Int64 = Clock.now / 1000)
    throws(Failure)
  {
    let marks = Marks()
    let out = try run([
      "list-buffers", "-F", marks.record(["#{buffer_created}", "#{buffer_name}"]),
    ])
    let old = marks.records(out).compactMap { fields -> String? in
      guard fields.count == 2, let created = Int64(fields[0]), created < now - age,
        TypingScript.isBuffer(fields[1])
      else { return nil }
      return fields[1]
    }
    guard !old.isEmpty else { return }
    // One that is gone meanwhile must not keep the others.
    let lines = old.map { "delete-buffer -b \($0)\n" }.joined()
    _ = try? run(["source-file", "-"], stdin: Array(lines.utf8))
  }

  /// Removes all buffers of one message.
  func dropBuffers(of id: String) {
    guard TypingScript.isID(id), let out = try? run(["list-buffers", "-F", "#{buffer_name}"])
    else { return }
    let names = String(decoding: out, as: UTF8.self).split(separator: "\n")
      .filter { TypingScript.isBuffer($0) && $0.hasPrefix("am-\(id)-") }
    guard !names.isEmpty else { return }
    let lines = names.map { "delete-buffer -b \($0)\n" }.joined()
    _ = try? run(["source-file", "-"], stdin: Array(lines.utf8))
  }
}

extension TypingScript {
  /// `am-<id>-<n>`, and `am-<id>-e` for Enter.
  static func isBuffer(_ name: some StringProtocol) -> Bool {
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    return parts.count == 3 && parts[0] == "am" && isID(parts[1])
      && (parts[2] == "e" || (1...4).contains(parts[2].count) && Int(parts[2]) != nil)
  }
}
