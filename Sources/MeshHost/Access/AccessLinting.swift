internal import Mesh
internal import MeshCrypto

/// Something about an access list that its owner should know.
package struct AccessComplaint: Sendable, Equatable, Encodable {
  package var schema = 1
  /// Which option, at which level of which pane; or the policy.
  package let place: String
  package let words: String
  /// Whether nobody is admitted where somebody was meant to be, or more than was meant.
  package let isSerious: Bool
}

extension AccessInspection {
  /// All panes, each value once.
  package func lint() -> [AccessComplaint] {
    var said = Set<String>()
    var found: [AccessComplaint] = []
    for (placed, address) in all {
      for kind in Kind.allCases {
        guard let levels = try? levels(of: placed, kind) else { continue }
        for level in levels {
          guard let value = level.value else { continue }
          let place = AccessInspection.place(kind, level, address, placed.pane)
          guard said.insert(place).inserted else { continue }
          found += complaints(value, place, isServer: level.name.hasPrefix("server"))
        }
      }
      if (try? takesShellInput(placed)) == true {
        found.append(
          AccessComplaint(
            place: "@agent-shell of \(address)",
            words: "raw: whoever its own list names runs commands there", isSerious: false))
      }
    }
    return found + ceilings()
  }

  private static func place(
    _ kind: Kind, _ level: Level, _ address: Address, _ pane: Pane
  ) -> String {
    switch level.name {
    case "pane": "\(kind.rawValue) at pane \(pane.id) (\(address))"
    case "window": "\(kind.rawValue) at window \(pane.window) (\(address))"
    default: "\(kind.rawValue) at \(level.name)"
    }
  }

  private func complaints(_ value: String, _ place: String, isServer: Bool) -> [AccessComplaint] {
    if isServer {
      let words = "a value at the server level never permits; set it with -g"
      return [AccessComplaint(place: place, words: words, isSerious: true)]
    }
    let keys = Set(trusted.pins.pins.map(\.key.fingerprint))
    let lint = AllowLint.findings(value, hosts: trusted.hosts, keys: keys)
    return lint.words.map {
      AccessComplaint(place: place, words: $0, isSerious: lint.admitsNobody)
    }
  }

  private func ceilings() -> [AccessComplaint] {
    let keys = Set(trusted.pins.pins.map(\.key.fingerprint))
    let all =
      policies.ceilings.map { ("policy.toml", $0) }
      + policies.addressed.map { ("policy.toml [address.\"\($0.pattern)\"]", $0.ceiling) }
    return all.flatMap { place, ceiling in
      [("allow", ceiling.allow), ("deny", ceiling.deny)].flatMap { name, value in
        value.map { value in
          AllowLint.findings(value, hosts: trusted.hosts, keys: keys).words.map {
            AccessComplaint(place: "\(place) \(name)", words: $0, isSerious: true)
          }
        } ?? []
      }
    }
  }
}
