/// Suggestions for "did you mean": names at a small distance from a mistyped one. For addresses and
/// for command names. Pure.
package enum NearNames {
  /// Further names are not compared: suggestions must stay cheap.
  private static let mostCompared = 20_000

  /// - Returns: at most `most` names, the nearest first, then by name.
  static func find(_ wanted: String, among names: [Address], atMost most: Int) -> [Address] {
    guard most > 0 else { return [] }
    let wanted = Array(wanted.utf8.prefix(Address.limit))
    let limit = max(2, wanted.count / 4)
    var scored: [(distance: Int, name: Address)] = []
    for name in names.prefix(mostCompared) {
      if let distance = score(wanted, Array(name.text.utf8), limit: limit) {
        scored.append((distance, name))
      }
    }
    scored.sort { ($0.distance, $0.name) < ($1.distance, $1.name) }
    return scored.prefix(most).map(\.name)
  }

  /// The distance; 1 if one name begins or ends with the other, as when the host was left out.
  private static func score(_ wanted: [UInt8], _ name: [UInt8], limit: Int) -> Int? {
    if let distance = distance(wanted, name, limit: limit) { return distance }
    let (short, long) = wanted.count < name.count ? (wanted, name) : (name, wanted)
    guard short.count >= 3 else { return nil }
    let dash = [UInt8(ascii: "-")]
    return long.starts(with: short + dash)
      || long.suffix(short.count + 1).elementsEqual(dash + short) ? 1 : nil
  }

  /// How many insertions, deletions, replacements and swaps of neighbours turn one into the other.
  /// - Returns: `nil` when more than `limit` are needed.
  package static func distance(_ left: [UInt8], _ right: [UInt8], limit: Int) -> Int? {
    guard abs(left.count - right.count) <= limit else { return nil }
    // The common beginning and end cost nothing.
    let head = zip(left, right).prefix { $0 == $1 }.count
    let most = min(left.count, right.count) - head
    let tail = min(most, zip(left.reversed(), right.reversed()).prefix { $0 == $1 }.count)
    return full(
      Array(left[head..<left.count - tail]), Array(right[head..<right.count - tail]), limit: limit)
  }

  private static func full(_ left: [UInt8], _ right: [UInt8], limit: Int) -> Int? {
    var before: [Int] = []
    var last = Array(0...right.count)
    for i in left.indices {
      var row = [i + 1]
      row.reserveCapacity(right.count + 1)
      for j in right.indices {
        var best = min(last[j + 1], row[j]) + 1
        best = min(best, last[j] + (left[i] == right[j] ? 0 : 1))
        if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
          best = min(best, before[j - 1] + 1)
        }
        row.append(best)
      }
      guard row.contains(where: { $0 <= limit }) else { return nil }
      (before, last) = (last, row)
    }
    return last[right.count] <= limit ? last[right.count] : nil
  }
}
