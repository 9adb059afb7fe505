#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import TestSupport
import Testing

/// agent-mesh-json(7), read as the table that it is: for each command the keys of its answer, their types, and which of them
/// may be absent. What a command prints is held against it.
struct JSONPage {
  struct Key {
    let type: String
    let isOptional: Bool
  }

  /// By section: `agent-mesh ping`.
  let sections: [String: [String: Key]]

  init() throws {
    let page = try #require(Files.text(Repository.path("man/agent-mesh-json.7")))
    var (sections, section): ([String: [String: Key]], String) = ([:], "")
    for line in page.split(separator: "\n") {
      if line.hasPrefix(".S") { section = String(line.dropFirst(4)) }
      if line.hasPrefix(".Ss ") { sections[section] = [:] }
      guard line.hasPrefix(".It Ic ") else { continue }
      let words = line.dropFirst(7).split(separator: " ", maxSplits: 2).map(String.init)
      try #require(words.count == 3 && words[1] == "Pq", "\(line)")
      let types = words[2].split(separator: ",")
      sections[section]?[words[0]] = Key(
        type: String(types[0]), isOptional: types.last == " optional")
    }
    self.sections = sections
  }

  /// Every line of an output has the keys of its section, each with its type, and no other; that of an error, those of `Errors`.
  /// - Returns: the keys that were there.
  @discardableResult
  func expect(
    _ text: String, _ section: String, _ place: SourceLocation = #_sourceLocation
  ) throws -> Set<String> {
    let own = try #require(sections[section], "\(section) is no section", sourceLocation: place)
    let all = try #require(sections["All objects"])
    var seen: Set<String> = []
    for line in text.split(separator: "\n") {
      guard let shape = try? JSONDecoder().decode(JSONShape.self, from: Data(line.utf8)) else {
        Issue.record("\(section): no JSON: \(line)", sourceLocation: place)
        continue
      }
      let keys = shape.keys()
      let isError = keys["error"] != nil
      let errors = isError ? sections["Errors"] ?? [:] : [:]
      let known = all.merging(own) { $1 }.merging(errors) { $1 }
      let due = isError ? all.merging(errors) { $1 } : known
      for (key, type) in keys {
        let said = known[key]?.type
        // An empty list says nothing of its items.
        let isRight = said == type || type == "list" && said == "list of strings"
        #expect(
          isRight, "\(section): \(key) is \(type), documented as \(said ?? "nothing")",
          sourceLocation: place)
      }
      for (key, documented) in due
      where !documented.isOptional {
        let isItem = key.contains("[]")
        #expect(
          isItem || keys[key] != nil, "\(section): \(key) is absent: \(line)", sourceLocation: place
        )
      }
      seen.formUnion(keys.keys)
    }
    return seen
  }
}

/// Any JSON, as far as its shape goes.
indirect enum JSONShape: Decodable {
  case object([String: JSONShape])
  case array([JSONShape])
  case leaf(String)

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    if let fields = try? decoder.container(keyedBy: Key.self) {
      var all: [String: JSONShape] = [:]
      for key in fields.allKeys {
        all[key.stringValue] = try fields.decode(JSONShape.self, forKey: key)
      }
      self = .object(all)
    } else if var list = try? decoder.unkeyedContainer() {
      var all: [JSONShape] = []
      while !list.isAtEnd { all.append(try list.decode(JSONShape.self)) }
      self = .array(all)
    } else {
      let value = try decoder.singleValueContainer()
      if (try? value.decode(Bool.self)) != nil {
        self = .leaf("boolean")
      } else if (try? value.decode(Double.self)) != nil {
        self = .leaf("number")
      } else {
        self = .leaf(value.decodeNil() ? "null" : "string")
      }
    }
  }

  /// The keys and their types; those of an object within are joined by a dot, `[]` is any item of a list.
  func keys(_ above: String = "") -> [String: String] {
    switch self {
    case .object(let fields):
      fields.reduce(into: [:]) { all, field in
        all.merge(field.value.keys(above.isEmpty ? field.key : "\(above).\(field.key)")) { $1 }
      }
    case .array(let items):
      items.reduce(into: [above: "list"]) { all, item in
        if case .leaf(let type) = item {
          all[above] = "list of \(type)s"
        } else {
          all.merge(item.keys("\(above)[]")) { $1 }
        }
      }
    case .leaf(let type): [above: type]
    }
  }
}
