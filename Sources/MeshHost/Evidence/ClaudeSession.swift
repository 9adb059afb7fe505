internal import FoundationEssentials
internal import Mesh

/// What a running Claude Code reports in `~/.claude/sessions/<pid>.json`. The file belongs to this
/// account and is only used if process, start time and format version match. The format is not
/// documented and may change.
struct ClaudeSession: Sendable {
  let pid: Int32
  /// When that process began, in the system's words.
  private let procStart: String
  let id: String
  let socket: String
  let folder: String
  private let status: String?
  private let waitingFor: String?
  /// Milliseconds since 1970: when it began, and when it wrote its status.
  private let times: (began: Double, said: Double)?
  /// `~/.claude`, or `CLAUDE_CONFIG_DIR` of that process.
  let config: String

  private static let fileLimit = 64 << 10
  /// The only version of the peer protocol that we know.
  private static let protocolVersion = 1

  /// The session whose process is the pane's own or in its foreground; `nil` if there is none, or
  /// its file cannot be used.
  init?(_ place: PlacedPane, _ home: AgentsHome) {
    let found = SharedService.foreground(place).lazy.compactMap { process in
      process.uid == FileStatus.ourselves ? ClaudeSession(process.pid, home) : nil
    }.first
    guard let found else { return nil }
    self = found
  }

  /// The session of that process.
  init?(_ pid: Int32, _ home: AgentsHome) {
    config =
      ProcessTable.initialValue(of: "CLAUDE_CONFIG_DIR", in: pid).flatMap {
        $0.hasPrefix("/") ? $0 : nil
      } ?? home.home + "/.claude"
    guard let file = SourceFile.own("\(config)/sessions/\(pid).json"),
      file.size <= Self.fileLimit,
      let raw = try? JSONDecoder().decode(Raw.self, from: Data(file.tail())),
      raw.pid == pid, raw.peerProtocol == Self.protocolVersion,
      raw.procStart == Self.start(of: pid),
      raw.sessionId.isUUID,
      raw.messagingSocketPath.hasPrefix("/"), raw.messagingSocketPath.utf8.count < 100
    else { return nil }
    self.pid = pid
    procStart = raw.procStart
    id = raw.sessionId
    socket = raw.messagingSocketPath
    folder = raw.cwd ?? "/"
    (status, waitingFor) = (raw.status, raw.waitingFor)
    times =
      if let began = raw.startedAt, let said = raw.statusUpdatedAt { (began, said) } else { nil }
  }

  private static func start(of pid: Int32) -> String? {
    ProcessTable.facts(of: pid).map { "\($0.startTime)" }
  }

  /// Whether its process still runs.
  var isAlive: Bool { Self.start(of: pid) == procStart }

  private struct Raw: Decodable {
    let pid: Int32
    let sessionId: String
    let procStart: String
    let peerProtocol: Int
    let messagingSocketPath: String
    let cwd: String?
    let status: String?
    let waitingFor: String?
    let startedAt: Double?
    let statusUpdatedAt: Double?
  }

  /// What it says about its state. It writes that at each change, so an old status is a valid one;
  /// one from before its beginning or from the future is not.
  var report: SessionReport? {
    guard let status, let times, times.began <= times.said,
      times.said <= Double(Clock.now) + Self.clockStep
    else { return nil }
    return SessionReport(status: status, waitingFor: waitingFor)
  }

  private static let clockStep = 2_000.0

  var projects: String { config + "/projects" }

  /// The path of its transcript; `nil` until there is one.
  var transcript: String? {
    let name = id + ".jsonl"
    guard let folders = try? Directory.open(projects, requirePrivate: false).names(limit: 4096)
    else { return nil }
    return folders.lazy.map { "\(projects)/\($0)/\(name)" }.first {
      (try? FileStatus.ofPath($0, followLinks: false))?.kind == .regular
    }
  }
}

/// Asks the session in a pane what it reports, look by look. Where the pane's owner has not set
/// `@agent-via`, no file is opened.
struct SessionReporter {
  private let pid: Int32?
  private let home: AgentsHome

  init(_ place: PlacedPane, _ home: AgentsHome) {
    let isAsked = place.pane.hints.contains(AccessOption.via)
    pid = isAsked ? ClaudeSession(place, home)?.pid : nil
    self.home = home
  }

  /// `nil` if there is no session, or none that can be believed.
  func report() -> SessionReport? { pid.flatMap { ClaudeSession($0, home)?.report } }
}

extension String {
  /// Whether it has the form of a UUID.
  var isUUID: Bool {
    utf8.count == 36
      && utf8.allSatisfy {
        $0 == 45 || (48...57).contains($0) || (97...102).contains($0) || (65...70).contains($0)
      }
  }
}
