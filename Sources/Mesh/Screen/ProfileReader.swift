extension Profile {
  /// Reads a profile's text. What is not understood refuses the whole profile.
  /// - Throws: the line's number and what is wrong with it.
  package static func parse(_ text: String) throws(ProfileError) -> Profile {
    var reader = ProfileReader()
    let lines = try ProfileText(text).lines
    for line in lines { try reader.take(line) }
    return try reader.finish(lastLine: lines.last?.number ?? 1)
  }
}

/// Fills a profile line by line, then checks what its lines mean together.
private struct ProfileReader {
  private var profile = Profile()
  private var seen: [String: Int] = [:]

  private static let lists: Set<String> = [
    "process", "script", "command", "prompt", "placeholder", "command-start", "busy", "loading",
    "dialog",
    "busy-title", "dialog-title", "sent", "fold",
  ]

  mutating func take(_ line: ProfileText.Line) throws(ProfileError) {
    let many = Self.lists.contains(line.key)
    seen[line.key, default: 0] += many ? line.values.count : 1
    if let count = seen[line.key], count > (many ? 256 : 1) {
      throw ProfileError(line: line.number, problem: many ? .tooLong : .repeated)
    }
    if line.key == "above" || line.key == "below" { return try takeFrame(line) }
    guard many || line.values.count == 1, line.values.allSatisfy({ !$0.isEmpty }) else {
      throw ProfileError(line: line.number, problem: .syntax)
    }
    for value in line.values {
      guard
        let understood = takeList(line.key, value) ?? takeWord(line.key, value)
          ?? takeTyping(line.key, value)
      else { throw ProfileError(line: line.number, problem: .unknownKey) }
      if !understood { throw ProfileError(line: line.number, problem: .badValue) }
    }
  }

  private mutating func takeFrame(_ line: ProfileText.Line) throws(ProfileError) {
    let rows = line.values.compactMap(Profile.FrameRow.init)
    guard rows.count == line.values.count, rows.count <= 8 else {
      throw ProfileError(line: line.number, problem: .badValue)
    }
    if line.key == "above" { profile.composer.above = rows } else { profile.composer.below = rows }
  }

  /// - Returns: nil when the key is another's, false when the value does not suit it.
  private mutating func takeList(_ key: String, _ value: String) -> Bool? {
    switch key {
    case "process": profile.processes.append(PathGlob(value))
    case "script": profile.scripts.append(PathGlob(value))
    case "command": profile.commands.append(Glob(value))
    case "prompt": profile.composer.prompts.append(value)
    case "placeholder": profile.composer.placeholders.append(Glob(value))
    case "command-start": profile.composer.commandStarts.append(value)
    case "busy": profile.signs.busy.append(value)
    case "loading": profile.signs.loading.append(value)
    case "dialog": profile.signs.dialog.append(value)
    case "busy-title": profile.signs.busyTitles.append(Glob(value))
    case "dialog-title": profile.signs.dialogTitles.append(Glob(value))
    case "sent": profile.signs.sent.append(value)
    case "fold": profile.signs.folds.append(Glob(value))
    default: return nil
    }
    return true
  }

  private mutating func takeWord(_ key: String, _ value: String) -> Bool? {
    switch key {
    case "name":
      profile.name = value
      return Slug.make(value) == value
    case "kind": return set(Profile.Kind(rawValue: value), \.kind)
    case "cursor": return set(Profile.CursorRule(rawValue: value), \.composer.cursor)
    case "right": return set(value, \.composer.right)
    case "dialog-at":
      profile.signs.dialogAtCursor = value == "cursor"
      return value == "cursor" || value == "screen"
    case "repeats-prompt": return set(Self.flag(value), \.composer.repeatsPrompt)
    default: return nil
    }
  }

  private mutating func takeTyping(_ key: String, _ value: String) -> Bool? {
    switch key {
    case "brackets": set(Self.flag(value), \.typing.brackets)
    case "takes-while-busy": set(Self.flag(value), \.typing.takesWhileBusy)
    case "echoes": set(Self.flag(value), \.typing.echoes)
    case "trailing-space": set(Self.flag(value), \.typing.trailingSpace)
    case "chunk-characters": set(Self.number(value, 65536), \.typing.chunkCharacters)
    case "chunk-newlines": set(Self.number(value, 65536), \.typing.chunkNewlines)
    case "enter-delay": set(Self.number(value, 2000), \.typing.enterDelay)
    case "settle": set(Self.number(value, 2000), \.typing.settle)
    default: nil
    }
  }

  private mutating func set<Value>(_ value: Value?, _ path: WritableKeyPath<Profile, Value>) -> Bool
  {
    guard let value else { return false }
    profile[keyPath: path] = value
    return true
  }

  private static func flag(_ value: String) -> Bool? {
    value == "yes" ? true : value == "no" ? false : nil
  }

  private static func number(_ value: String, _ limit: Int) -> Int? {
    guard value.utf8.count <= 6, value.utf8.allSatisfy({ (48...57).contains($0) }),
      let number = Int(value), number <= limit
    else { return nil }
    return number
  }

  /// What the lines mean together.
  func finish(lastLine: Int) throws(ProfileError) -> Profile {
    if let problem = problem() { throw ProfileError(line: lastLine, problem: problem) }
    return profile
  }

  private func problem() -> ProfileError.Problem? {
    if seen["name"] == nil { return .missingName }
    if seen["kind"] == nil { return .missingKind }
    if profile.processes.isEmpty, profile.scripts.isEmpty { return .missingProcess }
    let look = profile.composer
    guard profile.kind == .agent else {
      return look == Profile.ComposerLook() && !profile.typing.brackets ? nil : .agentOnly
    }
    if look.prompts.isEmpty || look.above.isEmpty || look.below.isEmpty { return .missingComposer }
    return look.prompts.contains(where: Self.isShellPrompt) ? .shellPrompt : nil
  }

  /// Blank, or ending as the prompts of shells and interpreters do.
  private static func isShellPrompt(_ prompt: String) -> Bool {
    guard let last = prompt.last(where: { !$0.isWhitespace }) else { return true }
    return "$#%".contains(last) || prompt.contains(">>>")
  }
}
