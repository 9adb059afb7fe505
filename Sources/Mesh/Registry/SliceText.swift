internal import MeshCrypto

/// Why bytes are not a slice.
package enum SliceError: Error, Equatable, Sendable {
  case toml(TOMLError)
  /// The version is later than this program can read.
  case version
  case tooManyAgents
  /// A value is missing or malformed. The line of its table is not known.
  case malformed(key: String)
}

/// Reads and writes `local.toml` and `slices/<host>.toml`: `[mesh]`, then `[agents.<address>]` with
/// upstream's keys and ours. The signature covers these bytes; verifying never encodes them again.
package enum SliceText {
  package static func encode(_ slice: Slice) -> [UInt8] {
    var document = TOMLDocument()
    document.set(
      TOMLTable(
        path: ["mesh"],
        [
          "version": .integer(Int64(slice.version)), "host": .string(slice.host.name),
          "serial": .integer(slice.serial), "issued": .string(slice.issued.text),
          "expires": .string(slice.expires.text), "sign_key": .string(slice.signKey),
          "seal_key": .string(slice.sealKey),
        ]))
    for entry in slice.agents { document.set(table(entry)) }
    return document.encoded
  }

  /// One agent's table, also for `registry.toml`.
  package static func table(_ entry: AgentEntry) -> TOMLTable {
    var table = TOMLTable(
      path: ["agents", entry.address.text],
      [
        "host": .string(entry.host.name), "target": .string(entry.target),
        "session": .string(entry.session), "window": .string(entry.window),
        "pane": .integer(Int64(entry.pane)), "pane_id": .string(entry.paneID),
        "role": .string(entry.role), "scope": .string(entry.scope),
        "command": .string(entry.command),
      ])
    if let server = entry.server { table.set("server", .string(server)) }
    return table
  }

  /// An entry's size in a slice, in bytes, with the empty line before it.
  static func size(of entry: AgentEntry) -> Int {
    var document = TOMLDocument()
    document.set(table(entry))
    return document.encoded.count + 1
  }

  /// Unknown keys are skipped: a later version may add some. This does not check who owns which
  /// entry; every reader of another host's slice calls `Slice.owned(knownHosts:)`.
  package static func decode(_ bytes: [UInt8]) throws(SliceError) -> Slice {
    // Count the tables before parsing: a slice may be large, and tables are expensive.
    guard headers(bytes) <= Slice.mostAgents + 1 else { throw .tooManyAgents }
    let document: TOMLDocument
    do { document = try TOMLDocument(parsing: bytes, limit: SignedSlice.limit) } catch {
      throw .toml(error)
    }
    let mesh = Fields(document[["mesh"]] ?? TOMLTable(path: ["mesh"]))
    guard try mesh.integer("version") == Int64(Slice.currentVersion) else { throw .version }
    let serial = try mesh.integer("serial")
    let (issued, expires) = (try mesh.time("issued"), try mesh.time("expires"))
    guard serial >= 0 else { throw .malformed(key: "serial") }
    guard issued <= expires else { throw .malformed(key: "expires") }
    let tables = document.children(of: "agents")
    var agents: [AgentEntry] = []
    agents.reserveCapacity(tables.count)
    for table in tables { agents.append(try entry(table)) }
    return Slice(
      host: try mesh.host("host"), serial: serial, issued: issued, expires: expires,
      signKey: try mesh.text("sign_key", where: isSignKey),
      sealKey: try mesh.text("seal_key", where: isSealKey), agents: agents)
  }

  /// The number of lines that begin with a bracket, indented or not.
  private static func headers(_ bytes: [UInt8]) -> Int {
    var (count, isAtStart) = (0, true)
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "\n"): isAtStart = true
      case UInt8(ascii: " "), UInt8(ascii: "\t"): break
      default:
        if isAtStart, byte == UInt8(ascii: "[") { count += 1 }
        isAtStart = false
      }
    }
    return count
  }

  private static func isSignKey(_ text: String) -> Bool {
    (try? VerifyingKey(openSSH: text)) != nil
  }

  private static func isSealKey(_ text: String) -> Bool { (try? Base64.decode(text))?.count == 32 }

  private static func entry(_ table: TOMLTable) throws(SliceError) -> AgentEntry {
    let fields = Fields(table)
    guard let address = try? Address(validating: table.path[1]) else {
      throw .malformed(key: "agents")
    }
    let pane = try fields.integer("pane")
    guard (0...Int64(LivePane.mostIndex)).contains(pane) else { throw .malformed(key: "pane") }
    return AgentEntry(
      address: address, host: try fields.host("host"), target: try fields.text("target"),
      session: try fields.text("session"), window: try fields.text("window"), pane: Int(pane),
      paneID: try fields.text("pane_id", where: LivePane.isPaneID), role: try fields.text("role"),
      scope: try fields.text("scope"), command: try fields.text("command"),
      server: try fields.optionalText("server"))
  }
}

/// Reads a table's values, each in the form that its key requires.
private struct Fields {
  private let table: TOMLTable

  init(_ table: TOMLTable) { self.table = table }

  func integer(_ key: String) throws(SliceError) -> Int64 {
    guard let number = table.integer(key) else { throw .malformed(key: key) }
    return number
  }

  func text(_ key: String, where fits: (String) -> Bool = { _ in true }) throws(SliceError)
    -> String
  {
    guard let text = table.string(key), fits(text) else { throw .malformed(key: key) }
    return text
  }

  func optionalText(_ key: String) throws(SliceError) -> String? {
    table[key] == nil ? nil : try text(key)
  }

  func host(_ key: String) throws(SliceError) -> Host {
    guard let host = try? Host(validating: try text(key)) else { throw .malformed(key: key) }
    return host
  }

  func time(_ key: String) throws(SliceError) -> Timestamp {
    guard let time = try? Timestamp(validating: try text(key)) else { throw .malformed(key: key) }
    return time
  }
}
