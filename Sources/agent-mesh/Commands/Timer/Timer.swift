internal import ArgumentParser
internal import Mesh
internal import MeshHost

/// `agent-mesh timer`: runs `agent-discover` every five minutes, in case a hook or a peer was missed.
struct TimerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "timer",
    abstract: "Run agent-discover every five minutes, by systemd, launchd or cron.",
    version: Version.full,
    subcommands: [Install.self, Remove.self, Status.self], defaultSubcommand: Status.self)

  private static func all(_ site: Site) -> [any TimerKind] {
    [SystemdTimer(site), LaunchdTimer(site), CronTimer(site)]
  }

  struct Choice: ParsableArguments {
    @Flag(help: "A user unit of systemd.") var systemd = false
    @Flag(help: "A user agent of launchd.") var launchd = false
    @Flag(help: "A line in the crontab.") var cron = false

    mutating func validate() throws {
      guard [systemd, launchd, cron].filter({ $0 }).count <= 1 else {
        throw ValidationError("one of --systemd, --launchd, --cron")
      }
    }

    func timer(_ site: Site) -> (any TimerKind)? {
      if systemd { return SystemdTimer(site) }
      if launchd { return LaunchdTimer(site) }
      if cron { return CronTimer(site) }
      return TimerCommand.all(site).first { $0.isUsable }
    }
  }

  struct Install: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "install",
      abstract: "Set the timer; what runs here is picked when it is not said.")
    @OptionGroup var choice: Choice
    @Flag(help: "Print JSON.") var json = false

    mutating func run() throws {
      let site = try Own.site()
      guard let timer = choice.timer(site) else {
        throw Failure(
          .failed, "timer", "no systemd user manager, launchd or crontab here",
          try: "sudo apt-get install cron && agent-mesh timer install --cron")
      }
      let text = try timer.install()
      Output.say(text, ["timer": timer.name, "state": timer.status() ?? "-"], json: json)
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "remove", abstract: "Take the timer away again, wherever it was set.")
    @OptionGroup var choice: Choice
    @Flag(help: "Print JSON.") var json = false

    mutating func run() throws {
      let site = try Own.site()
      let asked = choice.systemd || choice.launchd || choice.cron
      let timers = asked ? [choice.timer(site)].compactMap(\.self) : TimerCommand.all(site)
      var removed = 0
      for timer in timers {
        guard try timer.remove() else { continue }
        Output.say("removed: \(timer.name)", ["timer": timer.name, "state": "removed"], json: json)
        removed += 1
      }
      if removed == 0, !json { Output.note("agent-mesh: no timer was set") }
    }
  }

  struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "status", abstract: "Say which timer is set, if any.")
    @Flag(help: "Print JSON.") var json = false

    mutating func run() throws {
      let site = try Own.site()
      let set = TimerCommand.all(site).compactMap { timer in timer.status().map { (timer.name, $0) }
      }
      for (name, text) in set {
        Output.say("\(name): \(text)", ["timer": name, "state": text], json: json)
      }
      guard set.isEmpty else { return }
      throw Failure(.usage, "timer", "no timer is set", try: "agent-mesh timer install")
    }
  }
}

/// A program of the system that runs others at given times: systemd, launchd or cron.
protocol TimerKind {
  var name: String { get }
  var isUsable: Bool { get }
  /// - Returns: a sentence for the user.
  func install() throws -> String
  /// - Returns: whether a timer was set.
  func remove() throws -> Bool
  /// nil: not set.
  func status() -> String?
}

/// Runs the system's programs for timers, and reads and writes their files.
enum TimerTool {
  static func run(_ program: String, _ arguments: [String], stdin: [UInt8] = []) -> (
    status: Int32, out: String, err: String
  ) {
    do {
      let done = try Child.run(program, arguments, stdin: stdin, deadline: .seconds(20))
      return (done.status, String(decoding: done.out, as: UTF8.self), done.lastError)
    } catch { return (127, "", "\(program) cannot be run") }
  }

  static func exists(_ program: String) -> Bool { OwnProgram.find(program, .current()) }

  /// Writes a file, and makes its directory if it is missing.
  static func write(_ folder: String, _ name: String, _ text: String) throws {
    let made = run("mkdir", ["-p", "--", folder])
    do {
      guard made.status == 0 else { throw FileError.missing(path: folder) }
      try UserFile.write("\(folder)/\(name)", Array(text.utf8))
    } catch {
      throw Failure(
        .failed, "disk", "\(SafeText.line("\(folder)/\(name)")) cannot be written",
        try: "mkdir -p \(folder)")
    }
  }

  static func text(_ path: String) -> String? {
    (try? UserFile.read(path, limit: 64 << 10)).map { String(decoding: $0, as: UTF8.self) }
  }

  static func failure(_ what: String, _ said: String, _ next: String) -> Failure {
    Failure(.failed, "timer", said.isEmpty ? what : "\(what): \(said)", try: next)
  }
}
