internal import CLibrary
internal import MeshHost

/// The long runs, which `./test.sh` leaves out: `./soak.sh`, or `AGENT_MESH_SOAK` for `swift test`.
public enum Soak {
  public static var isOn: Bool { Environment.value("AGENT_MESH_SOAK") != nil }

  /// Messages per behaviour: the variable's number, if it is above 1.
  public static var rounds: Int {
    let number = Environment.value("AGENT_MESH_SOAK").flatMap { Int($0) } ?? 0
    return number > 1 ? min(number, 100_000) : 200
  }

  /// Milliseconds of the clock by which a recipient notes what it gets.
  public static var now: Int {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }

  /// Prints a figure immediately, even if stdout is a file.
  public static func say(_ line: String) {
    Standard.write("soak: \(line)\n", to: .error)
  }
}
