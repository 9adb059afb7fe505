import FuzzTargets
import Mesh
import TestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The fuzz targets without a fuzzer: old findings stay fixed, and changed
/// seeds keep the properties.
@Suite("Fuzz targets") struct FuzzCorpusTests {
  @Test(arguments: FuzzTarget.allCases)
  func whatWasFoundOnceStaysClosed(_ target: FuzzTarget) throws {
    let folder = Repository.path("Tests/Fuzz/Corpus/\(target.rawValue)")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    for name in names {
      let bytes = Array(try Data(contentsOf: URL(filePath: "\(folder)/\(name)")))
      #expect(target.violation(bytes) == nil, "\(name)")
    }
  }

  /// If a target refused its own seeds, it would test nothing.
  @Test(arguments: FuzzTarget.allCases)
  func seedsAreValidAndChangedOnesKeepTheProperty(_ target: FuzzTarget) throws {
    var random = SeededGenerator(seed: 0xF022)
    for seed in try target.seeds() {
      #expect(target.violation(seed) == nil)
      for _ in 0..<400 {
        let changed = random.changed(seed)
        #expect(target.violation(changed) == nil, "\(changed)")
      }
    }
  }
}

extension SeededGenerator {
  /// One to four small changes: flip a byte, remove it, double it, or cut off the rest.
  fileprivate mutating func changed(_ bytes: [UInt8]) -> [UInt8] {
    var out = bytes
    for _ in 0...below(4) where !out.isEmpty {
      let place = below(out.count)
      switch below(5) {
      case 0: out[place] = UInt8.random(in: 0...255, using: &self)
      case 1: out[place] ^= 1 << UInt8(below(8))
      case 2: out.remove(at: place)
      case 3: out.insert(out[place], at: place)
      default: out.removeSubrange(place..<min(out.count, place + 1 + below(16)))
      }
    }
    return out
  }
}
