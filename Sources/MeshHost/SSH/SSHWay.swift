package import Mesh

/// How to call ssh for one alias: its arguments, its time to connect, and how to
/// see that it is connected.
struct SSHWay: Sendable {
  /// The arguments before `--` and the alias.
  let arguments: [String]
  /// The socket that exists once a connection is authenticated; `nil` if there is none.
  let socket: String?
  /// The value of ssh's `ConnectTimeout`, in seconds.
  let connectTimeout: Int
  /// Whether this value comes from the user's configuration.
  let isUsersTimeout: Bool

  /// - Parameter ours: the socket of our own connection, if the purpose has one.
  init(_ file: String, _ resolved: SSHResolved, _ ours: String?, _ purpose: SSHConfig.Purpose) {
    socket = ours ?? resolved.controlPath
    isUsersTimeout = resolved.connectTimeout != nil
    // A host that is reached directly answers at once or is down, and a person should know that
    // soon. A proxy may have to start something first.
    let ownTimeout = resolved.isProxied ? 20 : purpose == .message ? 4 : 10
    connectTimeout = resolved.connectTimeout ?? ownTimeout
    // During login, ssh waits no longer than its keep-alive allows, two seconds per count. A longer
    // ConnectTimeout of the user means a server that needs that time.
    let counts = max(2, (connectTimeout + 1) / 2)
    arguments =
      ["-F", file, "-o"]
      + [isUsersTimeout ? "ServerAliveCountMax=\(counts)" : "ConnectTimeout=\(ownTimeout)"]
  }

  /// Whether a connection seems to be open already.
  var isOpen: Bool {
    socket.map { (try? FileStatus.ofPath($0, followLinks: false))?.kind == .socket } ?? false
  }

  /// The limit, for people: the user's or ours.
  var timeoutWords: String {
    isUsersTimeout
      ? "ConnectTimeout is \(connectTimeout) s in the ssh configuration"
      : "the limit is \(connectTimeout) s; ConnectTimeout in ~/.ssh/config sets another"
  }
}

extension SSHWay {
  /// What ssh decides for an alias, one option a line: `ssh -G`.
  /// - Returns: no lines if it refuses; then its words.
  fileprivate static func decisions(
    _ arguments: [String], _ alias: String
  ) -> (lines: [Substring], refusal: String?) {
    let done = try? Child.run(
      "ssh", arguments + ["-G", "--", alias], limit: 1 << 20, deadline: .seconds(10))
    guard let done else { return ([], "it does not answer") }
    guard done.status == 0 else { return ([], SSHComplaint(done.err).whole) }
    return (String(decoding: done.out, as: UTF8.self).split(separator: "\n"), nil)
  }
}

/// The part of `ssh -G`'s answer for an alias that we need.
struct SSHResolved: Equatable, Sendable {
  /// Seconds; `nil` if the user sets none.
  var connectTimeout: Int?
  var isProxied = false
  /// The user's own; used when we set none.
  var controlPath: String?

  private static let version = "# agent-mesh 1"

  init() {}

  /// - Parameter lines: the output of `ssh -G`.
  init(lines: [Substring]) {
    for line in lines {
      let words = line.split(separator: " ", maxSplits: 1).map(String.init)
      guard words.count == 2, words[1] != "none" else { continue }
      switch words[0].lowercased() {
      case "connecttimeout": connectTimeout = Int(words[1]).flatMap { $0 > 0 ? min($0, 600) : nil }
      case "proxycommand", "proxyjump": isProxied = true
      case "controlpath": controlPath = words[1]
      default: break
      }
    }
  }

  /// Asks ssh. If ssh refuses its configuration, the result is empty; the reason
  /// appears when ssh is called.
  static func ask(_ file: String, _ alias: String) -> SSHResolved {
    SSHResolved(lines: SSHWay.decisions(["-F", file], alias).lines)
  }

  func header(_ mark: String) -> String {
    let timeout = connectTimeout.map { "\($0)" } ?? "none"
    return
      "\(SSHResolved.version) \(mark) \(timeout) \(isProxied ? "proxied" : "direct") \(controlPath ?? "none")"
  }

  /// Reads a file that we wrote earlier. - Returns: `nil` if it differs from
  /// what we would write now.
  init?(_ bytes: [UInt8], for mark: String, text: String) {
    let parts = String(decoding: bytes, as: UTF8.self).split(
      separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1] == text,
      parts[0].hasPrefix("\(SSHResolved.version) \(mark) ")
    else { return nil }
    let words = parts[0].split(separator: " ", maxSplits: 6)
    guard words.count == 7 else { return nil }
    connectTimeout = Int(words[4])
    isProxied = words[5] == "proxied"
    controlPath = words[6] == "none" ? nil : String(words[6])
  }
}

/// Compares what `ssh ALIAS` would do with what we would do, according to `ssh -G`. `doctor` and
/// `ping` report the differences.
package struct SSHComparison: Sendable {
  /// Options that we set on purpose, and options that do not affect our sessions.
  private static let ours: Set<String> = [
    "batchmode", "canonicalizehostname", "clearallforwardings", "connectionattempts",
    "connecttimeout", "controlmaster", "controlpath", "controlpersist", "dynamicforward",
    "escapechar", "exitonforwardfailure", "forkafterauthentication", "forwardagent", "forwardx11",
    "forwardx11timeout", "forwardx11trusted", "host", "ignoreunknown", "localcommand",
    "localforward", "loglevel", "permitlocalcommand", "remotecommand", "remoteforward",
    "requesttty", "serveralivecountmax", "serveraliveinterval", "sessiontype", "stdinnull",
    "tunnel", "updatehostkeys", "visualhostkey",
  ]

  /// The options that differ, in words; empty if both reach the host the same way.
  package let differences: [String]

  package init(_ site: Site, _ peer: Peer) {
    do {
      let config = SSHConfig(site, peer)
      let way = try config.way(to: peer.sshAlias, .traffic)
      let theirs = SSHWay.decisions(try config.plainArguments(), peer.sshAlias)
      let ours = SSHWay.decisions(way.arguments, peer.sshAlias)
      if let refusal = theirs.refusal {
        differences = ["ssh itself refuses its configuration: \(refusal)"]
      } else if let refusal = ours.refusal {
        differences = ["ssh refuses the configuration that we make: \(refusal)"]
      } else {
        differences = Self.between(Self.relevant(theirs.lines), Self.relevant(ours.lines))
      }
    } catch { differences = ["\(error)"] }
  }

  private static func between(_ theirs: Set<Substring>, _ ours: Set<Substring>) -> [String] {
    let missing = theirs.subtracting(ours).map { "`\($0)` of your ssh does not reach us" }
    let more = ours.subtracting(theirs).map { "`\($0)` is ours alone" }
    return (missing.sorted() + more.sorted()).map { SafeText.line($0, limit: 300) }
  }

  private static func relevant(_ lines: [Substring]) -> Set<Substring> {
    Set(lines.filter { !ours.contains(String($0.prefix { $0 != " " }).lowercased()) })
  }
}
