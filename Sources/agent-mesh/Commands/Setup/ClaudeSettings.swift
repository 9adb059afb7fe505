internal import FoundationEssentials
internal import Mesh
internal import MeshHost

/// `~/.claude/settings.json`: adds and removes the rule that lets Claude Code run `notify-pane`, and the
/// hooks that mention waiting messages.
struct ClaudeSettings {
  private var root: [String: JSONValue]

  private static let rules = ["Bash(notify-pane:*)", "Bash(agent-mesh look:*)"]
  private static let hooks = [
    ("SessionStart", "agent-mesh agent-hook start"),
    ("UserPromptSubmit", "agent-mesh agent-hook prompt"), ("Stop", "agent-mesh agent-hook stop"),
  ]

  static let shown = """
    permissions.allow: \(rules.joined(separator: ", "))
    hooks: \(hooks.map { "\($0.0): \($0.1)" }.joined(separator: "; "))
    """

  init(_ text: String?, _ path: String) throws {
    guard let text else {
      root = [:]
      return
    }
    guard
      case .object(let fields)? = try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
    else {
      throw Failure.usage(
        "\(path) is no JSON object", try: "${EDITOR:-vi} \(ShellWord.quoted(path))")
    }
    root = fields
  }

  var with: String {
    var settings = removed()
    settings.update("permissions", "allow") { $0 + Self.rules.map { .text($0) } }
    for (event, command) in Self.hooks {
      let hook = JSONValue.object([
        "hooks": .list([.object(["type": .text("command"), "command": .text(command)])])
      ])
      settings.update("hooks", event) { $0 + [hook] }
    }
    return settings.text
  }

  var without: String? {
    let settings = removed()
    return settings.root.isEmpty ? nil : settings.text
  }

  /// The settings without our entries.
  private func removed() -> ClaudeSettings {
    var settings = self
    settings.update("permissions", "allow") { list in
      list.filter { item in !Self.rules.contains { item == .text($0) } }
    }
    for (event, _) in Self.hooks {
      settings.update("hooks", event) { list in list.filter { !$0.holds("agent-mesh agent-hook") } }
    }
    return settings
  }

  /// Changes a list two levels down, and removes what is empty afterwards.
  private mutating func update(
    _ key: String, _ name: String, _ change: ([JSONValue]) -> [JSONValue]
  ) {
    var fields: [String: JSONValue] = [:]
    if case .object(let known)? = root[key] { fields = known } else if root[key] != nil { return }
    var list: [JSONValue] = []
    if case .list(let known)? = fields[name] { list = known } else if fields[name] != nil { return }
    let changed = change(list)
    fields[name] = changed.isEmpty ? nil : .list(changed)
    root[key] = fields.isEmpty ? nil : .object(fields)
  }

  private var text: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let bytes = (try? encoder.encode(JSONValue.object(root))) ?? Data()
    return String(decoding: bytes, as: UTF8.self) + "\n"
  }
}

/// Any JSON.
indirect enum JSONValue: Codable, Equatable {
  case object([String: JSONValue])
  case list([JSONValue])
  case text(String)
  case integer(Int64)
  case number(Double)
  case boolean(Bool)
  case null

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if let fields = try? value.decode([String: JSONValue].self) {
      self = .object(fields)
    } else if let list = try? value.decode([JSONValue].self) {
      self = .list(list)
    } else if let text = try? value.decode(String.self) {
      self = .text(text)
    } else if let flag = try? value.decode(Bool.self) {
      self = .boolean(flag)
    } else if let number = try? value.decode(Int64.self) {
      self = .integer(number)
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else {
      self = .null
    }
  }

  func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    switch self {
    case .object(let fields): try value.encode(fields)
    case .list(let list): try value.encode(list)
    case .text(let text): try value.encode(text)
    case .integer(let number): try value.encode(number)
    case .number(let number): try value.encode(number)
    case .boolean(let flag): try value.encode(flag)
    case .null: try value.encodeNil()
    }
  }

  /// Whether any text in it begins with `beginning`.
  func holds(_ beginning: String) -> Bool {
    switch self {
    case .object(let fields): fields.values.contains { $0.holds(beginning) }
    case .list(let list): list.contains { $0.holds(beginning) }
    case .text(let text): text.hasPrefix(beginning)
    default: false
    }
  }
}
