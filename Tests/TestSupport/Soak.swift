internal import MeshHost

/// The long runs, which `./test.sh` leaves out: `./soak.sh`, or `AGENT_MESH_SOAK` for `swift test`.
public enum Soak {
  public static var isOn: Bool { Environment.value("AGENT_MESH_SOAK") != nil }

  /// Messages per behaviour: the variable's number, if it is above 1.
  public static var rounds: Int {
    let number = Environment.value("AGENT_MESH_SOAK").flatMap { Int($0) } ?? 0
    return number > 1 ? min(number, 100_000) : 200
  }

  /// Prints a figure immediately, even if stdout is a file.
  public static func say(_ line: String) {
    Standard.write("soak: \(line)\n", to: .error)
  }
}
