internal import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

enum Devices {
  /// `/dev/null`, for reading and writing, never as 0, 1 or 2.
  static func null() throws(Errno) -> Descriptor {
    let first = Descriptor(unsafe open("/dev/null", O_RDWR | O_CLOEXEC))
    guard first.isOpen else { throw .last }
    let higher = Descriptor(fcntl(first.raw, F_DUPFD_CLOEXEC, 3))
    guard higher.isOpen else { throw .last }
    return higher
  }
}
