internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
  private let stream = Int32(SOCK_STREAM.rawValue)
#elseif canImport(Darwin)
  internal import Darwin
  private let stream = SOCK_STREAM
#endif

/// TCP on 127.0.0.1.
enum Loopback {
  /// A port on which no process listens, below the range that the system uses
  /// for outgoing connections.
  static func freePort() throws -> UInt16 {
    for _ in 0..<200 {
      let port = UInt16.random(in: 20000...32000)
      if let end = try? bound(port) {
        close(end)
        return port
      }
    }
    throw Trouble("no free port")
  }

  /// Whether a process accepts connections there.
  static func answers(_ port: UInt16) -> Bool {
    let end = socket(AF_INET, stream, 0)
    defer { close(end) }
    return unsafe withAddress(port) { unsafe connect(end, $0, $1) } == 0
  }

  /// A socket bound to the port.
  static func bound(_ port: UInt16) throws -> Int32 {
    let end = socket(AF_INET, stream, 0)
    _ = fcntl(end, F_SETFD, FD_CLOEXEC)
    var yes: Int32 = 1
    _ = unsafe setsockopt(end, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    guard unsafe withAddress(port, { unsafe bind(end, $0, $1) }) == 0 else {
      close(end)
      throw Trouble("cannot bind port \(port): \(errno)")
    }
    return end
  }

  private static func withAddress(
    _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    return unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, size) }
    }
  }
}

/// A peer that accepts connections on 127.0.0.1 and then sends nothing, or
/// only a greeting, for ever.
public final class SilentPeer: Sendable {
  public let port: UInt16
  private let end: Int32
  private let accepted = Mutex<[Int32]>([])

  /// - Parameters:
  ///   - port: `nil`: any free one.
  ///   - greeting: what it sends to each caller.
  public init(port: UInt16? = nil, greeting: [UInt8] = []) throws {
    self.port = try port ?? Loopback.freePort()
    end = try Loopback.bound(self.port)
    // Without a greeting nothing need accept: the kernel completes the connection.
    guard listen(end, 64) == 0 else { throw Trouble("listen: \(errno)") }
    if !greeting.isEmpty { onOwnThread { self.greet(greeting) } }
  }

  private func greet(_ greeting: [UInt8]) {
    while true {
      let peer = accept(end, nil, nil)
      guard peer >= 0 else { return }
      _ = fcntl(peer, F_SETFD, FD_CLOEXEC)
      accepted.withLock { $0.append(peer) }
      _ = ChildIO.writeAll(greeting, to: peer)
    }
  }

  public func stop() {
    shutdown(end, Int32(SHUT_RDWR))
    close(end)
    accepted.withLock { peers in
      for peer in peers { close(peer) }
      peers = []
    }
  }
}
