internal import Mesh

extension Notices {
  /// Sends the stored notices, unless another process is already sending them.
  package func send() throws(SetupError) {
    guard !isEmpty else { return }
    let directory = try site.home.directory("spool", Spool.notices)
    do {
      guard let lock = try FileLock.tryAcquire(in: directory, Self.lock) else { return }
      let sending = Sending(try Credentials(site))
      for name in try directory.names(limit: Self.most) {
        guard let item = SpoolItem(file: name) else { continue }
        let isLate = item.expires < site.now.milliseconds
        if try isLate || isSent(item, directory, sending) { try directory.remove(name) }
      }
      lock.release()
    } catch let error as FileError {
      throw SetupError(error)
    } catch let error as SetupError {
      throw error
    } catch { return }
  }

  /// - Returns: whether the notice needs no further attempt.
  private func isSent(
    _ item: SpoolItem, _ directory: borrowing Directory, _ sending: borrowing Sending
  ) throws(SetupError) -> Bool {
    let bytes = try AgentsHome.read(item.name, in: directory, limit: 4096) ?? []
    let parts = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    guard parts.count == 3, let about = try? MessageID(validating: parts[1]),
      let route = try? Router(site, sending.trusted).route(to: parts[0])
    else { return true }
    let order = Order(
      from: Address(site.host), body: Array(parts[2].utf8), inReplyTo: about,
      options: SendOptions(queue: true), id: item.id)
    return try sending.send(order, by: route).disposition.outcome != .failed
  }
}
