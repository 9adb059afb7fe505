internal import Mesh
internal import MeshHost

/// The text to send: from the words, or from stdin.
enum Body {
  /// Time for a body that a person types, or that a slow program prints.
  private static let patience = Duration.seconds(3600)

  static func read(_ words: ArraySlice<String>, to agent: String?) throws -> [UInt8] {
    var bytes = Array(words.joined(separator: " ").utf8)
    if words.isEmpty || Array(words) == ["-"] { bytes = try standardInput() }
    return try checked(bytes, to: agent)
  }

  static func checked(_ bytes: [UInt8], to agent: String?) throws -> [UInt8] {
    // `notify-pane X "$(a-command-that-failed)"`: an agent would spend a turn on nothing.
    guard bytes.contains(where: { ![9, 10, 13, 32].contains($0) }) else {
      throw Failure.usage(
        "the text is empty",
        try: "notify-pane \(SafeText.line(agent ?? "AGENT", limit: 80)) \"text\"")
    }
    // The command that an error proposes, pasted as it is.
    guard bytes != Array("…".utf8) else {
      throw Failure.usage(
        "the text is only …: write your text in its place",
        try: "notify-pane \(SafeText.line(agent ?? "AGENT", limit: 80)) \"text\"")
    }
    do { _ = try SafeText(body: bytes) } catch {
      switch error {
      case .tooLong: throw tooLong
      case .notUTF8: throw Failure(.refused, .text, "the text is not UTF-8")
      case .tagCharacters: throw Failure(.refused, .text, "the text holds invisible tag characters")
      }
    }
    return bytes
  }

  private static var tooLong: Failure {
    Failure(
      .refused, .text, "the text is longer than 64 KiB",
      try: "… | notify-pane AGENT --file - --name text.txt")
  }

  /// The caption of a file: the words, or stdin for `-`, unless the file itself comes from stdin.
  static func caption(_ words: ArraySlice<String>, _ file: String?) throws -> [UInt8] {
    // An empty caption is none.
    if words.allSatisfy({ $0.allSatisfy(\.isWhitespace) }) { return [] }
    if Array(words) == ["-"], file == "-" {
      throw Failure.usage("stdin cannot be both the file and its caption")
    }
    let bytes = try read(words, to: nil)
    guard bytes.count <= FileText.captionLimit else {
      throw Failure(.refused, .text, "a file's caption has at most 4 KiB")
    }
    return bytes
  }

  /// Without the line feeds at its end, as `$(…)` would give it.
  private static func standardInput() throws -> [UInt8] {
    if Standard.isTerminal(.input) { Output.note("notify-pane: type the text, then ^D") }
    do {
      var bytes = try Standard.readAll(limit: SafeText.limit + 2, until: .now + patience)
      while bytes.last == 10 { bytes.removeLast() }
      return bytes
    } catch .tooLarge {
      throw tooLong
    } catch { throw Failure(.refused, .text, "stdin could not be read") }
  }
}

/// The file to send: opened, named, and its size checked against this account's policy.
extension SendCommand {
  /// - Returns: nil when the message has no file.
  func attachment(_ site: Site) throws -> Attachment? {
    guard let path = file else {
      guard fileName == nil else { throw Failure.usage("--name goes with --file") }
      return nil
    }
    guard let proposed = fileName ?? (path == "-" ? nil : path) else {
      throw Failure.usage(
        "--file - wants a --name", try: "notify-pane \(agent) --file - --name NAME")
    }
    let longest = try Policies(site.home).effective.maxFile
    let (file, isFolder): (SourceFile, Bool)
    do { (file, isFolder) = try Self.source(path, site, longest) } catch {
      throw failure(error, path, longest)
    }
    let name =
      try isFolder && fileName == nil
      ? Self.name(Self.archiveName(path), given: true) : Self.name(proposed, given: fileName != nil)
    if isFolder {
      Output.note(
        "notify-pane: \(SafeText.line(path)) is a directory: it goes as the archive \(name), and nothing unpacks it there"
      )
    }
    let line = ProgressLine()
    return Attachment(file, name: name) { sent, all in line.show(sent, of: all) }
  }

  /// The file, or the archive of a directory.
  private static func source(
    _ path: String, _ site: Site, _ longest: Int64
  ) throws(SourceFileError) -> (SourceFile, isFolder: Bool) {
    let file: SourceFile
    var isFolder = false
    if path == "-" {
      file = try Attachment.standardInput(site, limit: longest)
    } else {
      do { file = try SourceFile.open(path) } catch .directory {
        isFolder = true
        file = try Attachment.archive(of: path, site, limit: longest)
      }
    }
    guard file.size <= longest else { throw .tooLarge }
    return (file, isFolder)
  }

  private var agent: String { SafeText.line(words.first ?? "AGENT", limit: 80) }

  private static func archiveName(_ path: String) -> String {
    let last = String(path.split(separator: "/").last ?? "")
    return ["", ".", ".."].contains(last) ? "folder.tar" : last + ".tar"
  }

  private static func name(_ text: String, given: Bool) throws -> FileName {
    do { return given ? try FileName(validating: text) : try FileName(lastOf: text) } catch {
      let what =
        switch error {
        case .length: "a file's name has 1 to 255 bytes"
        case .path: "a file's name is one component, without /"
        case .start: "a file's name begins neither with a dot nor with a dash"
        case .character: "the file's name has control, invisible or direction-changing characters"
        case .form: "the file's name is not in Unicode's composed form"
        }
      throw Failure(.refused, .name, what, try: "notify-pane AGENT --file … --name NAME")
    }
  }

  /// `notify-pane FILE --file AGENT`.
  private func isSwapped(_ path: String) -> Bool {
    path.contains("-") && (try? Address(validating: path)) != nil && words.count == 1
      && (try? SourceFile.open(words[0])) != nil
  }

  private func failure(
    _ error: SourceFileError, _ path: String, _ longest: Int64
  ) -> Failure {
    let shown = SafeText.line(path, limit: 200)
    let quoted = ShellWord.quoted(shown)
    switch error {
    case .missing where isSwapped(path):
      return Failure.usage(
        "there is no file \(shown); file and agent seem to be swapped",
        try: "notify-pane \(shown) --file \(ShellWord.quoted(agent))")
    case .missing: return Failure.usage("there is no file \(shown)", try: "ls -la \(quoted)")
    case .unreadable:
      return Failure.usage("\(shown) cannot be read, or not all of it", try: "ls -la \(quoted)")
    case .directory: return Failure.usage("\(shown) is a directory")
    case .notRegular:
      return Failure.usage(
        "\(shown) is not a regular file",
        try: "notify-pane \(agent) --file - --name NAME <\(quoted)")
    case .tooLarge:
      return Failure(
        .refused, .quota,
        "\(path == "-" ? "stdin" : shown) is larger than the \(longest) bytes that a file may have (max_file in policy.toml)",
        try: "man agent-mesh-policy")
    case .disk:
      return Failure(
        .failed, .disk, "stdin could not be kept in ~/.agents/state while it is sent",
        try: "df -h ~/.agents")
    }
  }
}
