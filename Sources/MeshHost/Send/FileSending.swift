internal import Mesh
internal import MeshCrypto

/// Sends a file the way a message is sent, but as a stream, because it does not fit into memory.
extension Sending {
  func attempt(
    _ order: Order, _ attachment: Attachment, _ route: Route
  ) throws(SetupError) -> Attempt {
    let plain = 2 + order.body.count + Int(clamping: attachment.file.size)
    let name: EncodedName
    do { name = try EncodedName(encoding: attachment.name.text) } catch {
      throw .file(.badName)
    }
    var statement = statement(order, route)
    statement.length = plain
    statement.digest = nil
    let fate = FileFate()
    guard let key = try sealKey(order, route) else {
      statement.name = name
      let envelope = signed(statement, payload: [])
      return try send(
        FileStream(
          attachment, envelope, caption: order.body, prefix: FileText.prefix(order.body),
          sealing: nil, own, fate),
        envelope, route, order, fate)
    }
    let sealing = try seal(&statement, name: name, length: plain, digest: nil, to: key, route.host)
    let envelope = signed(statement, payload: [])
    let prefix = sealing.prefix
    return try send(
      FileStream(
        attachment, envelope, caption: order.body, prefix: prefix, sealing: sealing, own, fate),
      envelope, route, order, fate)
  }

  private func send(
    _ stream: consuming FileStream, _ envelope: SignedEnvelope, _ route: Route, _ order: Order,
    _ fate: FileFate
  ) throws(SetupError) -> Attempt {
    var result: Attempt
    if let call = call(route) {
      do {
        let framed = try SSHTransport.deliver(
          stream, bytes: envelope.statement.length, by: call,
          patience: .seconds(30 + (order.options.wait ?? 0)))
        result = proven(framed, envelope, route)
      } catch {
        // The file may have arrived, and `--status` needs to know which host to ask.
        if case .noAnswer = error { log(envelope, Disposition(.unknown)) }
        result = failed(error, envelope)
      }
    } else {
      let receiver = Receiver(own)
      result = proven(receiver.receive(stream), envelope, route)
    }
    result.answer.digest = fate.digest
    // The file changed while it was sent; without an end statement the receiver has refused it.
    guard fate.changed else { return result }
    return Attempt(
      answer: Delivered(
        disposition: Disposition(.failed, .truncated), said: "the file changed while it was read"))
  }
}
