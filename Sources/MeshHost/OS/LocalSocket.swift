internal import CLibrary

/// Unix sockets of other programs.
package enum LocalSocket {
  /// What can be said about a socket before anything is sent to it.
  package enum State: Equatable, Sendable {
    case missing
    /// A directory on the way does not let us look.
    case hidden
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
      return switch error {
      case .noSuchFileOrDirectory: .missing
      case .permissionDenied: .hidden
      default: .insecure
      }
    }
    guard facts.kind == .socket, facts.owner == FileStatus.ourselves,
      Directory.insecureAncestor(path) == nil
    else { return .insecure }
    return .ours
  }

  /// Whether somebody accepts connections there. Nothing is sent.
  package static func isListening(_ path: String) -> Bool {
    let socket = stream()
    guard socket.isOpen else { return false }
    let code = unsafe withAddress(path) { unsafe connect(socket.raw, $0, $1) }
    // A full queue of waiting callers is a listener too.
    return code == 0 || code != nil && (errno == EAGAIN || errno == EINPROGRESS)
  }

  /// A connection to a process: nil when nobody accepts at once, or somebody else than that process does.
  static func connection(to path: String, of pid: Int32) -> Descriptor? {
    let socket = stream()
    guard socket.isOpen, unsafe withAddress(path, { unsafe connect(socket.raw, $0, $1) }) == 0,
      Platform.peer(of: socket.raw) == pid
    else { return nil }
    return socket
  }

  /// A socket of our own that accepts connections; nil when the name is taken.
  static func listener(at path: String) -> Descriptor? {
    let socket = stream()
    guard socket.isOpen, unsafe withAddress(path, { unsafe bind(socket.raw, $0, $1) }) == 0,
      listen(socket.raw, 4) == 0
    else { return nil }
    return socket
  }

  static func remove(_ path: String) { _ = unsafe unlink(path) }

  /// Who is calling: nil when nobody is.
  static func accepted(from listener: borrowing Descriptor) -> Descriptor? {
    let socket = Descriptor(accept(listener.raw, nil, nil))
    guard socket.isOpen else { return nil }
    socket.makeNonBlocking()
    return socket
  }

  /// Closed on exec, and never waits.
  private static func stream() -> Descriptor {
    SignalSetup.once()
    let socket = Descriptor(socket(AF_UNIX, Platform.socketStream, 0))
    guard socket.isOpen else { return socket }
    _ = fcntl(socket.raw, F_SETFD, FD_CLOEXEC)
    socket.makeNonBlocking()
    return socket
  }

  /// - Returns: nil when the path is too long for an address.
  private static func withAddress(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32? {
    var address = sockaddr_un()
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    return unsafe withUnsafePointer(to: address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, size) }
    }
  }
}
