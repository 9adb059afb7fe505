/// Reads profile files: those compiled in from `Profiles/*.toml`, and
/// `~/.agents/profiles/NAME.toml` in the same format. agent-mesh-profile(5) describes the keys. Any
/// error refuses the whole profile.
extension Profile {
  /// The maximum size of a file in bytes, and the maximum number of a key's values.
  package static let fileLimit = 32 << 10
  private static let mostValues = 256

  /// Reads a file with one profile.
  /// - Parameter name: the file's name without its ending, which becomes the profile's name.
  package init(parsing bytes: [UInt8], name: String) throws(ProfileError) {
    guard Slug.make(name) == name else { throw .name }
    let tables = try Self.tables(bytes)
    guard tables.count == 1 else { throw .value("sections") }
    try self.init(tables[0], name: name)
  }

  /// Reads a file with a table for each profile.
  static func programs(parsing bytes: [UInt8]) throws(ProfileError) -> [Profile] {
    var profiles: [Profile] = []
    for table in try tables(bytes).dropFirst() {
      profiles.append(try Profile(table, name: table.path.joined(separator: ".")))
    }
    return profiles
  }

  private static func tables(_ bytes: [UInt8]) throws(ProfileError) -> [TOMLTable] {
    do { return try TOMLDocument(parsing: bytes, limit: fileLimit).tables } catch {
      throw .toml(error)
    }
  }

  private init(_ table: TOMLTable, name: String) throws(ProfileError) {
    self.init()
    self.name = name
    for entry in table.entries {
      let understood = Self.values(entry.value).map { take(entry.key, $0) }
      let taken = understood ?? takeTyping(entry.key, entry.value)
      guard taken else { throw .value(SafeText.line(entry.key, limit: 40)) }
    }
    guard table["kind"] != nil else { throw .missing("kind") }
    try check()
  }

  /// A string or a list of strings; `nil` if one cannot be shown, is empty or has another type.
  private static func values(_ value: TOMLValue) -> [String]? {
    let list: [String]
    switch value {
    case .string(let text): list = [text]
    case .strings(let texts): list = texts
    case .integer, .boolean: return nil
    }
    guard (1...mostValues).contains(list.count) else { return nil }
    return list.allSatisfy { !$0.isEmpty && $0.unicodeScalars.allSatisfy(isPrintable) } ? list : nil
  }

  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return scalar.value >= 0x20 && scalar.value != 0x7F }
    return switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: false
    default: true
    }
  }

  /// - Returns: false for an unknown key or for values that do not fit it.
  private mutating func take(_ key: String, _ values: [String]) -> Bool {
    switch key {
    case "process": processes = values.map(PathGlob.init)
    case "script": scripts = values.map(PathGlob.init)
    case "command": commands = values.map(Glob.init)
    case "prompt": composer.prompts = values
    case "placeholder": composer.placeholders = values.map(Glob.init)
    case "command_start": composer.commandStarts = values
    case "above": return takeFrame(values, \.composer.above)
    case "below": return takeFrame(values, \.composer.below)
    case "busy": signs.busy = values
    case "busy_title": signs.busyTitles = values.map(Glob.init)
    case "loading": signs.loading = values
    case "mode": signs.mode = values
    case "question": signs.question = values
    case "ornament": composer.ornaments = Set(values.joined().map(String.init))
    case "dialog": signs.dialog = values
    case "dialog_title": signs.dialogTitles = values.map(Glob.init)
    case "sent": signs.sent = values
    case "fold": signs.folds = values.map(Glob.init)
    default: return values.count == 1 && takeWord(key, values[0])
    }
    return true
  }

  private mutating func takeWord(_ key: String, _ value: String) -> Bool {
    switch key {
    case "kind": return set(Kind(rawValue: value), \.kind)
    case "cursor": return set(CursorRule(rawValue: value), \.composer.cursor)
    case "right":
      composer.right = value
      return true
    case "dialog_at":
      signs.dialogAtCursor = value == "cursor"
      return value == "cursor" || value == "screen"
    case "loading_at":
      signs.loadingInBox = value == "box"
      return value == "composer" || value == "box"
    default: return false
    }
  }

  private mutating func takeFrame(
    _ values: [String], _ path: WritableKeyPath<Profile, [FrameRow]>
  ) -> Bool {
    let rows = values.compactMap(FrameRow.init)
    self[keyPath: path] = rows
    return rows.count == values.count && rows.count <= 8
  }

  private mutating func takeTyping(_ key: String, _ value: TOMLValue) -> Bool {
    switch (key, value) {
    case ("repeats_prompt", .boolean(let on)): composer.repeatsPrompt = on
    case ("rail", .boolean(let on)): composer.hasRail = on
    case ("reads_lines", .boolean(let on)): composer.readsLines = on
    case ("brackets", .boolean(let on)): typing.brackets = on
    case ("takes_while_busy", .boolean(let on)): typing.takesWhileBusy = on
    case ("echoes", .boolean(let on)): typing.echoes = on
    case ("trailing_space", .boolean(let on)): typing.trailingSpace = on
    case (_, .integer(let number)): return takeNumber(key, Int(clamping: number))
    default: return false
    }
    return true
  }

  private mutating func takeNumber(_ key: String, _ number: Int) -> Bool {
    switch (key, number) {
    case ("chunk_characters", 0...65536): typing.chunkCharacters = number
    case ("chunk_newlines", 0...65536): typing.chunkNewlines = number
    case ("enter_delay", 0...2000): typing.enterDelay = number
    case ("settle", 0...2000): typing.settle = number
    default: return false
    }
    return true
  }

  private mutating func set<Value>(_ value: Value?, _ path: WritableKeyPath<Profile, Value>) -> Bool
  {
    guard let value else { return false }
    self[keyPath: path] = value
    return true
  }

  /// Checks the rules that concern several keys.
  private func check() throws(ProfileError) {
    if processes.isEmpty, scripts.isEmpty { throw .missing("process or script") }
    guard kind == .agent else {
      var look = composer
      if kind == .repl { look.prompts = [] }
      guard look == ComposerLook(), !typing.brackets else { throw .agentOnly }
      return
    }
    if composer.prompts.isEmpty { throw .missing("prompt") }
    if composer.above.isEmpty { throw .missing("above") }
    if composer.below.isEmpty { throw .missing("below") }
    if composer.prompts.contains(where: Self.isShellPrompt) { throw .shellPrompt }
  }

  /// Blank, or ends like a prompt of a shell or interpreter.
  private static func isShellPrompt(_ prompt: String) -> Bool {
    guard let last = prompt.last(where: { !$0.isWhitespace }) else { return true }
    var arrows = 0
    let isInterpreter = prompt.utf8.contains {
      arrows = $0 == UInt8(ascii: ">") ? arrows + 1 : 0
      return arrows == 3
    }
    return "$#%".contains(last) || isInterpreter
  }
}

/// Why a profile is refused. Quotes only the key from the file, made printable.
package enum ProfileError: Error, Equatable, Sendable, CustomStringConvertible {
  case toml(TOMLError)
  /// An unknown key, or an impossible value of a known one.
  case value(String)
  case missing(String)
  /// The file's name cannot be the name of a profile.
  case name
  case agentOnly
  case shellPrompt

  package var description: String {
    switch self {
    case .toml(.line(let number, let what)): "line \(number): \(what)"
    case .toml(.tooLarge): "larger than \(Profile.fileLimit >> 10) KiB"
    case .value(let key): "\(key): no such key, or a value that it cannot have"
    case .missing(let key): "\(key) is missing"
    case .name: "the file must be called NAME.toml, NAME of a-z, 0-9 and -"
    case .agentOnly: "composer and typing keys are for agents"
    case .shellPrompt: "an agent's prompt may not be that of a shell"
    }
  }
}

/// The profiles that are compiled in.
enum ShippedProfiles {
  static let files = [
    ("claude-code", PackageResources.claude_code_toml), ("codex", PackageResources.codex_toml),
    ("mistral-vibe", PackageResources.mistral_vibe_toml), ("aider", PackageResources.aider_toml),
    ("gemini-cli", PackageResources.gemini_cli_toml),
    ("opencode", PackageResources.opencode_toml), ("llm-chat", PackageResources.llm_chat_toml),
    ("open-interpreter", PackageResources.open_interpreter_toml),
    ("fast-agent", PackageResources.fast_agent_toml),
  ]

  /// The profiles that parse; a test checks that all of them do.
  static let all =
    files.compactMap { try? Profile(parsing: $0.1, name: $0.0) }
    + ((try? Profile.programs(parsing: PackageResources.programs_toml)) ?? [])

  /// Profiles of kinds that no other profile can take a process away from.
  static let fixed = all.filter { $0.kind != .agent && $0.kind != .reader }
}

extension Profile {
  /// The shipped profiles and the user's. A user's profile replaces the agent or reader of the same
  /// name; others are added and tried first. Shells and clients cannot be replaced. The user can
  /// declare an interpreter to be an agent if the screen agrees.
  package static func all(user: [Profile] = []) -> [Profile] {
    let named = Set(user.map(\.name))
    let kept = ShippedProfiles.all.filter { profile in
      (profile.kind != .agent && profile.kind != .reader) || !named.contains(profile.name)
    }
    return user.map(\.asOwn) + kept
  }

  private var asOwn: Profile {
    var own = self
    own.isOwn = true
    return own
  }
}
