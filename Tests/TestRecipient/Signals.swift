internal import CLibrary

/// The pipe's end that handlers write to; a handler may touch nothing else.
nonisolated(unsafe) private var wakeWriter: Int32 = -1

/// Delivers signals as bytes (their numbers) on a descriptor that `poll` can watch.
enum Signals {
  /// - Returns: the descriptor to watch.
  static func watch(_ numbers: [Int32]) -> Int32 {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else { return -1 }
    for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
    unsafe wakeWriter = ends[1]
    for number in numbers {
      signal(number) { number in
        var byte = UInt8(truncatingIfNeeded: number)
        _ = unsafe write(unsafe wakeWriter, &byte, 1)
      }
    }
    return ends[0]
  }

  /// The signals since the last call.
  static func taken(from descriptor: Int32) -> [Int32] {
    var numbers: [Int32] = []
    var byte: UInt8 = 0
    while unsafe read(descriptor, &byte, 1) == 1 { numbers.append(Int32(byte)) }
    return numbers
  }
}
