/// How a slice compares with the highest serial that we remember of its host.
package enum SliceJudgement: Equatable, Sendable {
  /// Newer than any before. Record its serial first, then use it.
  case accept
  /// The same bytes that we have.
  case same
  /// The same serial with other bytes: keep the first slice and warn.
  case equivocation
  /// Older than one we have seen.
  case rollback
  /// More than 60 s ahead of our clock.
  case future
}

/// Why the ratchet's file cannot be read. Then no slice is accepted: starting with an empty file
/// would forget the serials.
package enum RatchetError: Error, Equatable, Sendable { case line(Int) }

/// `state/serials`: each host's highest serial and the hash of that slice. Serials only go up, so
/// that nobody can replace a slice by an older signed one.
package struct Ratchet: Equatable, Sendable {
  package struct Entry: Equatable, Sendable {
    package let serial: Int64
    /// 64 lower-case hex digits: the hash of the slice's bytes.
    package let hash: String

    package init(serial: Int64, hash: String) { (self.serial, self.hash) = (serial, hash) }
  }

  package static let mostHosts = 65_536

  package private(set) var entries: [Host: Entry] = [:]

  package init() {}

  package subscript(host: Host) -> Entry? { entries[host] }

  /// - Parameters:
  ///   - hash: 64 lower-case hex digits.
  ///   - now: milliseconds since 1970.
  package func judge(host: Host, serial: Int64, hash: String, now: Int64) -> SliceJudgement {
    if Serial.isAhead(serial, of: now) { return .future }
    guard let entry = entries[host] else { return .accept }
    if serial > entry.serial { return .accept }
    if serial < entry.serial { return .rollback }
    return hash == entry.hash ? .same : .equivocation
  }

  /// Records an accepted slice. A lower or equal serial changes nothing.
  package mutating func note(host: Host, serial: Int64, hash: String) {
    guard hash.isHexDigest, serial > entries[host]?.serial ?? -1 else { return }
    entries[host] = Entry(serial: serial, hash: hash)
  }

  /// - Returns: whether the host was known.
  package mutating func forget(_ host: Host) -> Bool { entries.removeValue(forKey: host) != nil }
}

extension Ratchet {
  /// A line for each host, sorted: `<host> <serial> <hash>`.
  package var encoded: [UInt8] {
    var out: [UInt8] = []
    for (host, entry) in entries.sorted(by: { $0.key < $1.key }) {
      out.append(contentsOf: "\(host) \(entry.serial) \(entry.hash)\n".utf8)
    }
    return out
  }

  /// Reads only what `encoded` writes.
  package init(parsing bytes: [UInt8]) throws(RatchetError) {
    var number = 0
    var rest = bytes[...]
    while !rest.isEmpty {
      number += 1
      guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { throw .line(number) }
      let parts = rest[..<end].split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
      guard parts.count == 3, let host = try? Host(validating: parts[0]),
        let serial = Int64(parts[1]), serial >= 0, String(serial) == parts[1],
        parts[2].isHexDigest, entries[host] == nil
      else { throw .line(number) }
      entries[host] = Entry(serial: serial, hash: parts[2])
      rest = rest[(end + 1)...]
    }
  }
}

/// The number that orders a host's slices. It is the time in milliseconds since
/// 1970, so that a host whose state was lost or restored from a backup does not
/// start below the serials that peers have seen.
package enum Serial {
  /// How far ahead of our clock a serial may be, in milliseconds.
  package static let mostAhead: Int64 = 60_000

  /// `max(now, last + 1)`; or `now` if the last one is so far ahead that peers
  /// would refuse its successor.
  package static func next(now: Int64, last: Int64?) -> Int64 {
    guard let last, !isAhead(last, of: now) else { return now }
    return last < now ? now : max(last, last &+ 1)
  }

  /// More than 60 s ahead of `now`.
  package static func isAhead(_ serial: Int64, of now: Int64) -> Bool {
    let (limit, overflow) = now.addingReportingOverflow(mostAhead)
    return !overflow && serial > limit
  }
}
