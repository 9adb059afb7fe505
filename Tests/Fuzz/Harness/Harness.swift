// libFuzzer's entry points; `scripts/fuzz.sh` compiles this file, SwiftPM does not. AGENT_MESH_FUZZ names the target.
import FuzzTargets
import Glibc

private let target: FuzzTarget = {
  let name = unsafe getenv("AGENT_MESH_FUZZ").map { unsafe String(cString: $0) } ?? ""
  guard let target = FuzzTarget(rawValue: name) else {
    print(
      "AGENT_MESH_FUZZ has to be one of: \(FuzzTarget.allCases.map(\.rawValue).joined(separator: " "))"
    )
    fflush(nil)
    _exit(2)
  }
  return target
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  if let wrong = target.violation(bytes) { fatalError(wrong) }
  return 0
}

/// Writes the seeds once, before the run, into the folder that AGENT_MESH_FUZZ_SEEDS names.
@_cdecl("LLVMFuzzerInitialize")
public func begin(_ argc: UnsafeMutableRawPointer?, _ argv: UnsafeMutableRawPointer?) -> CInt {
  let target = target
  guard let folder = unsafe getenv("AGENT_MESH_FUZZ_SEEDS").map({ unsafe String(cString: $0) }),
    let seeds = try? target.seeds()
  else { return 0 }
  for (number, seed) in seeds.enumerated() {
    guard let file = unsafe fopen("\(folder)/seed-\(number)", "w") else { continue }
    unsafe fwrite(seed, 1, seed.count, file)
    unsafe fclose(file)
  }
  return 0
}
