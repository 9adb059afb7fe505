/// Random but repeatable, so that a failure can be run again: SplitMix64.
public struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  public mutating func below(_ limit: Int) -> Int {
    Int.random(in: 0..<max(limit, 1), using: &self)
  }
  public mutating func chance(_ oneIn: Int) -> Bool { below(oneIn) == 0 }

  public mutating func pick<Element>(_ choices: [Element], else other: Element) -> Element {
    choices.randomElement(using: &self) ?? other
  }

  public mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
  }

  public mutating func text(_ alphabet: String, _ count: ClosedRange<Int>) -> String {
    let letters = Array(alphabet)
    return String((0..<Int.random(in: count, using: &self)).map { _ in pick(letters, else: "a") })
  }
}
