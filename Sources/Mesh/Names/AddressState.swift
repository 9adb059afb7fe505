/// The target of an address: a window (whichever of its panes answers), or one pane.
package struct AddressTarget: Hashable, Sendable {
  package enum Kind: String, Sendable { case window, pane }
  package var kind: Kind
  /// See `LivePane.server`.
  package var server: String
  /// `@2` or `%3`.
  package var id: String
}

/// Who holds which address, and which old addresses still work. `AddressAssignment` reads the state
/// of the last run and returns the next; MeshHost stores it as TOML.
package struct AddressState: Equatable, Sendable {
  package struct Held: Equatable, Sendable {
    package var target: AddressTarget
    /// The pane that answers; for a window, the pane that first held the address.
    package var pane: String
    /// The window that the pane was in.
    package var window: String
    /// Made from the pane's position in its window; false for a window or a pane with its own name.
    package var isPlace: Bool
  }

  package struct Old: Equatable, Sendable {
    package var target: AddressTarget
    /// The pane that answered last, in case its window is gone.
    package var pane: String
    /// Milliseconds since 1970.
    package var expires: Int64
    /// `firm`: no other pane may take this old address until it expires. Addresses by position are
    /// not reserved; the next pane in that position takes them over.
    package var firm: Bool
  }

  package var held: [Address: Held] = [:]
  package var old: [Address: Old] = [:]

  package init() {}
}

extension AddressState {
  /// Enough for 4,096 panes and their old addresses.
  package static let mostBytes = 4_194_304

  /// As TOML: `[held.<address>]`, `[old.<address>]`.
  package var encoded: [UInt8] {
    var document = TOMLDocument()
    for (address, held) in held.sorted(by: { $0.key < $1.key }) {
      var table = AddressState.table("held", address, held.target, pane: held.pane)
      table.set("window", .string(held.window))
      table.set("place", .boolean(held.isPlace))
      document.set(table)
    }
    for (address, old) in old.sorted(by: { $0.key < $1.key }) {
      var table = AddressState.table("old", address, old.target, pane: old.pane)
      table.set("expires", .integer(old.expires))
      table.set("firm", .boolean(old.firm))
      document.set(table)
    }
    return document.encoded
  }

  /// An unreadable file is an error. A caller that starts again with an empty state loses only the
  /// holders and the old addresses.
  package init(parsing bytes: [UInt8]) throws(TOMLError) {
    let document = try TOMLDocument(parsing: bytes, limit: AddressState.mostBytes)
    for table in document.tables where table.path.count == 2 {
      guard let address = try? Address(validating: table.path[1]),
        let target = AddressState.target(table), let pane = table.string("pane")
      else { continue }
      if table.path[0] == "held", let window = table.string("window"),
        let place = table.boolean("place")
      {
        held[address] = Held(target: target, pane: pane, window: window, isPlace: place)
      } else if table.path[0] == "old", let expires = table.integer("expires"),
        let firm = table.boolean("firm")
      {
        old[address] = Old(target: target, pane: pane, expires: expires, firm: firm)
      }
    }
  }

  private static func table(
    _ name: String, _ address: Address, _ target: AddressTarget, pane: String
  ) -> TOMLTable {
    var table = TOMLTable(path: [name, address.text])
    table.set("kind", .string(target.kind.rawValue))
    table.set("server", .string(target.server))
    table.set("id", .string(target.id))
    table.set("pane", .string(pane))
    return table
  }

  private static func target(_ table: TOMLTable) -> AddressTarget? {
    guard let kind = table.string("kind").flatMap(AddressTarget.Kind.init(rawValue:)),
      let server = table.string("server"), let id = table.string("id")
    else { return nil }
    return AddressTarget(kind: kind, server: server, id: id)
  }
}
