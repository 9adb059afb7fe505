internal import CLibrary

/// Unix sockets of other programs: tmux servers, and agents that take messages. They are checked
/// before anything is sent to them.
package enum LocalSocket {
  /// What we know about a socket before anything is sent to it.
  package enum State: Equatable, Sendable {
    case missing
    /// A directory in the path is not readable for us.
    case hidden
    /// Ours, in directories that nobody else can change.
    case ours
    /// Owned by another account, not a socket, or in a directory that others can write.
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

  /// Whether a process accepts connections there. Nothing is sent.
  package static func isListening(_ path: String) -> Bool {
    let socket = stream()
    guard socket.isOpen else { return false }
    let code = unsafe withAddress(path) { unsafe connect(socket.raw, $0, $1) }
    // If the queue of callers is full, there is a listener too.
    return code == 0 || code != nil && (errno == EAGAIN || errno == EINPROGRESS)
  }

  /// A connection to a certain process; `nil` if none accepts at once, or another process does.
  static func connection(to path: String, of pid: Int32) -> Descriptor? {
    let socket = stream()
    guard socket.isOpen, unsafe withAddress(path, { unsafe connect(socket.raw, $0, $1) }) == 0,
      Platform.peer(of: socket.raw) == pid
    else { return nil }
    return socket
  }

  /// A socket of ours that accepts connections; `nil` if the name is taken.
  static func listener(at path: String) -> Descriptor? {
    let socket = stream()
    guard socket.isOpen, unsafe withAddress(path, { unsafe bind(socket.raw, $0, $1) }) == 0,
      listen(socket.raw, 4) == 0
    else { return nil }
    return socket
  }

  static func remove(_ path: String) { _ = unsafe unlink(path) }

  /// The next waiting caller; `nil` if there is none.
  static func accepted(from listener: borrowing Descriptor) -> Descriptor? {
    let socket = Descriptor(accept(listener.raw, nil, nil))
    guard socket.isOpen else { return nil }
    socket.makeNonBlocking()
    return socket
  }

  /// Closed on exec, non-blocking.
  private static func stream() -> Descriptor {
    SignalSetup.once()
    let socket = Descriptor(socket(AF_UNIX, Platform.socketStream, 0))
    guard socket.isOpen else { return socket }
    _ = fcntl(socket.raw, F_SETFD, FD_CLOEXEC)
    socket.makeNonBlocking()
    return socket
  }

  /// - Returns: `nil` if the path is too long for a socket address.
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
