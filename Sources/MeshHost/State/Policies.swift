package import Mesh

/// The ceilings that tmux options cannot widen, from root's file and the account's own. An
/// unreadable or malformed file refuses everything.
package struct Policies: Sendable {
  static let systemDirectory = "/etc/agent-mesh"

  /// The stricter of both. Access lists are not merged: each of them is asked.
  package let effective: Policy
  /// For every recipient.
  package let ceilings: [Ceiling]
  /// For recipients with certain addresses.
  package let addressed: [Policy.AddressCeiling]

  package init(_ home: AgentsHome) throws(SetupError) {
    let system = try Policies.system()
    var own = Policy()
    if let bytes = try home.read("policy.toml", limit: Policy.limit) {
      own = try Policies.parse(bytes, home.agents + "/policy.toml")
    }
    effective = system.map { own.tightened(by: $0) } ?? own
    ceilings = [system?.ceiling, own.ceiling].compactMap { $0 }
    addressed = (system?.addressed ?? []) + own.addressed
  }

  /// - Parameter names: every address that leads to the recipient: none may avoid a ceiling for another.
  package func ceilings(for names: @autoclosure () -> Set<Address>) -> [Ceiling] {
    if addressed.isEmpty { return ceilings }
    let names = names()
    return ceilings + addressed.filter { names.contains(where: $0.covers) }.map(\.ceiling)
  }

  private static func system() throws(SetupError) -> Policy? {
    let directory: Directory
    do {
      directory = try Directory.open(systemDirectory, requirePrivate: false)
    } catch .missing {
      return nil
    } catch { throw SetupError(error) }
    guard let bytes = try AgentsHome.read("policy.toml", in: directory, limit: Policy.limit) else {
      return nil
    }
    return try parse(bytes, systemDirectory + "/policy.toml")
  }

  private static func parse(_ bytes: [UInt8], _ path: String) throws(SetupError) -> Policy {
    do { return try Policy(parsing: bytes) } catch {
      throw .malformed(path: path, what: "\(error)")
    }
  }
}
