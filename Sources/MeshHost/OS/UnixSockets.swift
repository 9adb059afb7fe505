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

  /// A socket of ours that accepts connections; closed if the name is taken.
  static func listener(at path: String) -> Descriptor {
    let socket = stream()
    guard socket.isOpen, unsafe withAddress(path, { unsafe bind(socket.raw, $0, $1) }) == 0,
      listen(socket.raw, 4) == 0
    else { return Descriptor(-1) }
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

/// Every unix socket of this machine's network namespace, and the other end of each
/// connection. Read from the kernel's own table (sock_diag(7)), which no process
/// can forge. On other systems it is empty.
package struct UnixSockets {
  struct Entry {
    let number: UInt32
    let listens: Bool
    /// The address it was bound to; empty if none. An accepted socket has its listener's address.
    let name: [UInt8]
    /// The number of the other end; `nil` if not connected.
    let peer: UInt32?
  }

  private(set) var entries: [Entry] = []

  package init() {
    let socket = Platform.socketTable()
    guard socket.isOpen, (try? socket.writeAll(UnixSockets.request[...])) != nil else { return }
    let end = ContinuousClock.now + .milliseconds(500)
    while ContinuousClock.now < end {
      guard case .bytes(let answer) = socket.read(atMost: 1 << 16), take(answer) else { return }
    }
  }

  /// The client ends of the connections that `server` accepted. They are not bound to any name.
  /// - Parameter server: the numbers of that process's sockets.
  package func clients(of server: Set<UInt32>) -> Set<UInt32> {
    let doors = Set(entries.filter { $0.listens && server.contains($0.number) }.map(\.name))
    let accepted = Set(
      entries.filter { !$0.listens && server.contains($0.number) && doors.contains($0.name) }
        .map(\.number))
    return Set(
      entries.filter { entry in
        entry.name.isEmpty && entry.peer.map { accepted.contains($0) } ?? false
      }.map(\.number))
  }

  package func peer(of number: UInt32) -> UInt32? { entries.first { $0.number == number }?.peer }

  // MARK: - The kernel's messages: `nlmsghdr`, `unix_diag_req`, `unix_diag_msg`

  /// SOCK_DIAG_BY_FAMILY as a dump of all states, with names (1) and peers (4).
  private static let request: [UInt8] =
    words(40) + half(20) + half(0x301) + words(1, 0)
    + [1, 0, 0, 0] + words(.max, 0, 5, .max, .max)

  private static func words(_ values: UInt32...) -> [UInt8] {
    values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
  }
  private static func half(_ value: UInt16) -> [UInt8] { [UInt8(value & 255), UInt8(value >> 8)] }

  private static func number(_ bytes: ArraySlice<UInt8>, _ at: Int, _ count: Int) -> Int {
    (0..<count).reduce(0) { $0 | Int(bytes[bytes.startIndex + at + $1]) << ($1 * 8) }
  }

  /// - Returns: whether more messages follow.
  private mutating func take(_ answer: [UInt8]) -> Bool {
    var rest = answer[...]
    while rest.count >= 16 {
      let length = UnixSockets.number(rest, 0, 4)
      guard UnixSockets.number(rest, 4, 2) == 20, length >= 32, length <= rest.count else {
        return false
      }
      entries.append(UnixSockets.entry(rest.prefix(length).dropFirst(16)))
      rest = rest.dropFirst((length + 3) & ~3)
    }
    return true
  }

  private static func entry(_ message: ArraySlice<UInt8>) -> Entry {
    var (name, peer): ([UInt8], UInt32?) = ([], nil)
    var rest = message.dropFirst(16)
    while rest.count >= 4 {
      let length = number(rest, 0, 2)
      guard length >= 4, length <= rest.count else { break }
      switch number(rest, 2, 2) {
      case 0: name = Array(rest.prefix(length).dropFirst(4))
      case 2 where length == 8: peer = UInt32(number(rest, 4, 4))
      default: break
      }
      rest = rest.dropFirst((length + 3) & ~3)
    }
    // 10 is TCP_LISTEN for unix sockets too.
    return Entry(
      number: UInt32(number(message, 4, 4)), listens: number(message, 2, 1) == 10, name: name,
      peer: peer)
  }
}
