internal import Mesh

/// Sessions that `agent-register-hook off` took off the mesh, until `on`. `~/.agents/state/off` has
/// one session name per line; an LF in a name is stored as a visible character.
struct OffList {
  private static let limit = 64 << 10

  let home: AgentsHome

  init(_ home: AgentsHome) { self.home = home }

  func names() throws(SetupError) -> Set<String> {
    let state = try home.directory("state")
    guard let bytes = try AgentsHome.read("off", in: state, limit: OffList.limit) else { return [] }
    return Set(String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init))
  }

  static func key(_ session: String) -> String { SafeText.line(session) }

  func set(_ session: String, off: Bool) throws(SetupError) {
    let state = try home.directory("state")
    try state.locked("off.lock") { () throws(SetupError) in
      var names = try names()
      if off { names.insert(OffList.key(session)) } else { names.remove(OffList.key(session)) }
      let text = names.sorted().map { $0 + "\n" }.joined()
      do throws(FileError) {
        try state.writeAtomically("off", Array(text.utf8), sync: false)
      } catch { throw SetupError(error) }
    }
  }
}

/// Takes sessions off the mesh and puts them back, by name. For people and
/// scripts; hooks carry no name.
package struct Sessions: Sendable {
  let site: Site

  package init(_ site: Site) { self.site = site }

  package func set(_ session: String, off: Bool) throws(SetupError) {
    try OffList(site.home).set(session, off: off)
  }
}
