internal import Mesh
internal import MeshHost

/// The beginnings that commands share, with errors as failures.
enum Setup {
  static func site() throws(Failure) -> Site {
    do { return try Site(.current()) } catch { throw Failure(error) }
  }

  static func sending(_ site: Site) throws(Failure) -> Sending {
    let tell = SSHNotice { text, isFromSSH in
      // A banner may hold an address to visit; everything else is for a person who watches.
      if isFromSSH || Standard.isTerminal(.error) { Output.note("agent-mesh: \(text)") }
    }
    do { return Sending(try Credentials(site), tell: tell) } catch { throw Failure(error) }
  }

  static func identity(_ site: Site) throws(Failure) -> Identity {
    do { return try KeyStore(site.home).identity(site.host) } catch { throw Failure(error) }
  }

  static func route(
    to name: String, _ site: Site, _ sending: borrowing Sending
  ) throws(Failure) -> Route {
    do { return try Router(site, sending.trusted).route(to: name) } catch {
      throw Failure(error, to: name)
    }
  }

  static func newID() throws(Failure) -> MessageID {
    guard let id = MessageID.random() else {
      throw Failure(code: 7, reason: "keys", text: "no random numbers; nothing was sent")
    }
    return id
  }

  /// Asks a host what became of a message: a signed question, a signed answer, nothing typed.
  static func ask(
    _ route: Route, about id: MessageID, _ site: Site, _ sending: borrowing Sending
  ) throws(Failure) -> Delivered {
    let order = Order(
      kind: .status, from: Address(site.host), body: [], inReplyTo: id, id: try newID())
    do { return try sending.send(order, by: route) } catch { throw Failure(error) }
  }

  static func files<Answer>(
    _ body: () throws(SetupError) -> Answer
  ) throws(Failure) -> Answer {
    do { return try body() } catch { throw Failure(error) }
  }

  static func tmux<Answer>(
    _ body: () throws(Tmux.Failure) -> Answer
  ) throws(Failure) -> Answer {
    do { return try body() } catch { throw Failure(error) }
  }
}
