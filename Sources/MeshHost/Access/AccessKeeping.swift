package import Mesh

/// Restrictions that exist only in the tmux server, as options of a pane, a window or a session.
/// They end with the server; after a restart the global list decides, and may admit what was
/// refused. A ceiling for the address in `policy.toml` survives the restart.
extension AccessInspection {
  package struct Restriction: Sendable {
    package let address: Address
    package let level: String
    /// The list as it is in the option.
    package let list: String
  }

  /// The restrictions that neither the global level nor a ceiling already makes.
  package func loose() -> [Restriction] {
    let surveys = surveys([Kind.messages.rawValue])
    return all.compactMap { place, address in
      guard
        let values = surveys[place.server.instance]?.levels(place.pane, Kind.messages.rawValue)
      else { return nil }
      let levels = levels(place.pane, values)
      let deciding = levels.filter(\.decides)
      // Two sessions have a value each; one ceiling cannot express both.
      guard deciding.count == 1, let level = deciding.first, let list = level.value,
        !level.name.hasPrefix("global")
      else { return nil }
      let global = levels.filter { $0.name.hasPrefix("global") }.compactMap(\.value)
      guard narrows(list, global), !isKept(list, address) else { return nil }
      return Restriction(address: address, level: level.name, list: list)
    }
  }

  /// Whether the list may refuse a sender that the global level admits. If that is unset, it admits
  /// only this account.
  private func narrows(_ list: String, _ global: [String]) -> Bool {
    let items = (try? AllowList(parsing: list, hosts: trusted.hosts))?.items ?? []
    let refuses = items.contains(where: \.refuses)
    let admits = { (subject: AllowList.Subject) in
      items.contains { !$0.refuses && $0.subject == subject }
    }
    if !refuses, admits(.mesh) || global.contains(list) { return false }
    let others = global.filter { $0 != "none" && $0 != "@self" }
    return !others.isEmpty || refuses || !admits(.own)
  }

  private func isKept(_ list: String, _ address: Address) -> Bool {
    policies.addressed.contains {
      $0.covers(address) && ($0.ceiling.allow == list || $0.ceiling.allow == "none")
    }
  }

  /// Appends ceilings for them to `policy.toml`.
  /// - Returns: the restrictions that were written, and those whose address already
  ///   has a different section.
  package func keep(
    _ restrictions: [Restriction]
  ) throws(SetupError) -> (kept: [Restriction], left: [Restriction]) {
    let before = try site.home.read("policy.toml", limit: Policy.limit) ?? []
    let named = Set(policies.addressed.map(\.pattern))
    var seen = named
    var (kept, left) = ([Restriction](), [Restriction]())
    var bytes = before
    if let last = bytes.last, last != 10 { bytes.append(10) }
    for one in restrictions {
      guard seen.insert(one.address.text).inserted else {
        left.append(one)
        continue
      }
      var section = TOMLTable(path: ["address", one.address.text])
      section.set("allow", .string(one.list))
      var document = TOMLDocument()
      document.set(section)
      bytes += Array("\n# by `agent-mesh acl keep`: as it stood at the \(one.level)\n".utf8)
      bytes += document.encoded
      kept.append(one)
    }
    guard !kept.isEmpty else { return (kept, left) }
    let path = site.home.agents + "/policy.toml"
    guard (try? Policy(parsing: bytes)) != nil else {
      throw .malformed(path: path, what: "it would not parse with more in it")
    }
    let agents = try site.home.directory()
    do throws(FileError) {
      try agents.writeAtomically("policy.toml", bytes)
    } catch { throw SetupError(error) }
    return (kept, left)
  }
}
