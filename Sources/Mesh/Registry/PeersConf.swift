/// A host that we exchange slices with.
package struct Peer: Equatable, Sendable {
  package let host: Host
  /// The name for ssh: the host's name, unless `ssh=<alias>` sets another.
  package let sshAlias: String
  /// A hub is asked first for unknown addresses, and is told every change.
  package let hub: Bool
  /// Use the connection that the user opened (`ssh-master=own`), because logging in needs a person.
  package let ownMaster: Bool

  package init(host: Host, sshAlias: String, hub: Bool, ownMaster: Bool = false) {
    (self.host, self.sshAlias, self.hub, self.ownMaster) = (host, sshAlias, hub, ownMaster)
  }
}

/// `peers.conf`: a host in each line, then `ssh=<alias>`, `ssh-master=own` and `hub` if needed; `#`
/// comments, blank lines. People write it, so a bad line is reported and the other lines are used.
package enum PeersConf {
  package static let mostBytes = 1_048_576
  package static let mostLines = 10_000

  package struct Complaint: Equatable, Sendable {
    /// 0: the whole file.
    package let line: Int
    /// Constant text; it never quotes the file.
    package let text: String
  }

  package static func parse(_ bytes: [UInt8]) -> (peers: [Peer], complaints: [Complaint]) {
    guard bytes.count <= mostBytes else {
      return ([], [Complaint(line: 0, text: "larger than 1 MiB")])
    }
    var (peers, complaints) = ([Peer](), [Complaint]())
    var (hosts, aliases) = (Set<Host>(), Set<String>())
    for (index, line) in lines(bytes).prefix(mostLines + 1).enumerated() {
      do throws(Problem) {
        guard index < mostLines else {
          throw Problem(text: "more than 10,000 lines; the rest is not read")
        }
        guard let peer = try peer(line) else { continue }
        guard hosts.insert(peer.host).inserted else {
          throw Problem(text: "this host is listed above already")
        }
        guard aliases.insert(peer.sshAlias).inserted else {
          throw Problem(text: "another host has this ssh alias already")
        }
        peers.append(peer)
      } catch { complaints.append(Complaint(line: index + 1, text: error.text)) }
    }
    return (peers, complaints)
  }

  /// Letters, digits, `.`, `_`, `-`, not starting with `-`, so that ssh cannot take it for an
  /// option, a user or shell syntax.
  package static func isAlias(_ text: some StringProtocol) -> Bool {
    (1...255).contains(text.utf8.count) && text.utf8.first != UInt8(ascii: "-")
      && text.utf8.allSatisfy { $0.isBare || $0 == UInt8(ascii: ".") }
  }

  private struct Problem: Error { let text: String }

  /// - Returns: `nil` for a blank line or a comment.
  private static func peer(_ line: ArraySlice<UInt8>) throws(Problem) -> Peer? {
    let said = line.prefix { $0 != UInt8(ascii: "#") }
    let words = said.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
      .map { String(decoding: $0, as: UTF8.self) }
    guard let name = words.first else { return nil }
    guard !name.hasPrefix("-") else { throw Problem(text: "a name does not begin with -") }
    guard let host = try? Host(validating: name) else {
      throw Problem(
        text: "not a host's name; write `<host> ssh=<alias>`, the host in a-z, 0-9 and -")
    }
    var (alias, hub, ownMaster) = (host.name, false, false)
    for option in words.dropFirst() {
      if option == "hub" {
        hub = true
      } else if option == "ssh-master=own" {
        ownMaster = true
      } else if option.hasPrefix("ssh="), isAlias(option.dropFirst(4)) {
        alias = String(option.dropFirst(4))
      } else {
        throw Problem(
          text:
            "'\(SafeText.line(option, limit: 40))' is not hub, ssh-master=own or ssh=ALIAS, the alias in letters, digits, . _ -"
        )
      }
    }
    return Peer(host: host, sshAlias: alias, hub: hub, ownMaster: ownMaster)
  }

  /// Without LF or CRLF, and without the byte order mark that some editors write.
  static func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
    return text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }
  }
}

/// `self.conf`: the account's own host name.
package enum SelfConf {
  /// Reads the first line, without its blanks.
  package static func parse(_ bytes: [UInt8]) throws(NameError) -> Host {
    let line = PeersConf.lines(Array(bytes.prefix(4096))).first ?? []
    let kept = line.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
    return try Host(validating: String(decoding: kept, as: UTF8.self))
  }

  /// Used when `self.conf` is missing: the system's host name up to its first dot, as a slug.
  /// - Returns: `nil` when the name has no character that a host's name may have.
  package static func host(fromSystemName name: String) -> Host? {
    let short = String(name.prefix { $0 != "." })
    return Slug.make(short).flatMap { try? Host(validating: $0) }
  }
}
