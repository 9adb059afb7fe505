internal import CLibrary

/// Unix sockets of other programs.
package enum LocalSocket {
  /// What can be said about a socket before anything is sent to it.
  package enum State: Equatable, Sendable {
    case missing
    /// Ours, in directories that nobody else can change.
    case ours
    /// Somebody else's, not a socket, or reachable through a directory that others can write.
    case insecure
  }

  package static func state(_ path: String) -> State {
    let facts: FileFacts
    do {
      facts = try FileStatus.ofPath(path, followLinks: false)
    } catch {
      return error == .noSuchFileOrDirectory ? .missing : .insecure
    }
    guard facts.kind == .socket, facts.owner == FileStatus.ourselves,
      Directory.insecureAncestor(path) == nil
    else { return .insecure }
    return .ours
  }

  /// Whether somebody accepts connections there. Nothing is sent.
  package static func isListening(_ path: String) -> Bool {
    var address = sockaddr_un()
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return false }
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
    let socket = Descriptor(socket(AF_UNIX, Platform.socketStream, 0))
    guard socket.isOpen else { return false }
    socket.makeNonBlocking()
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let code = unsafe withUnsafePointer(to: address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe connect(socket.raw, $0, size)
      }
    }
    // A full queue of waiting callers is a listener too.
    return code == 0 || errno == EAGAIN || errno == EINPROGRESS
  }
}
