internal import Mesh
internal import MeshCrypto
internal import MeshHost

/// What a command knows of its own account, and how it sends.
enum Own {
  /// - Parameter preparesTmux: a client of tmux comes up while the rest is read.
  static func site(preparesTmux: Bool = false) throws -> Site {
    try Site(.current(), preparesTmux: preparesTmux)
  }

  static func sending(_ site: Site) throws -> Sending {
    let tell = SSHNotice { text, isFromSSH in
      // A banner may contain an address to visit; everything else is only for
      // a person who is watching.
      if isFromSSH || Standard.isTerminal(.error) { Output.note("agent-mesh: \(text)") }
    }
    return Sending(try Credentials(site), tell: tell)
  }

  static func identity(_ site: Site) throws -> Identity {
    try KeyStore(site.home).identity(site.host)
  }

  /// Asks a host for a message's status: a signed question and a signed answer; nothing is typed.
  static func ask(
    _ route: Route, about id: MessageID, _ site: Site, _ sending: borrowing Sending
  ) throws -> Delivered {
    let order = Order(
      kind: .status, from: Address(site.host), body: [], inReplyTo: id, id: try .new())
    return try sending.send(order, by: route)
  }
}

extension MessageID {
  static func new() throws -> MessageID {
    guard let id = MessageID.random() else {
      throw Failure(.notSetUp, .keys, "the system gave no random numbers")
    }
    return id
  }
}
