internal import Mesh
internal import MeshHost

/// The file of a message: opens it, names it, and checks its size against this account's policy.
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
    let isFolder = path != "-" && Self.isFolder(path)
    let longest = try Policies(site.home).effective.maxFile
    let file: SourceFile
    do {
      file =
        path == "-"
        ? try Attachment.standardInput(site, limit: longest)
        : isFolder
          ? try Attachment.archive(of: path, site, limit: longest) : try SourceFile.open(path)
    } catch { throw failure(error, path, longest, site) }
    guard file.size <= longest else { throw failure(.tooLarge, path, longest, site) }
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

  private var agent: String { SafeText.line(words.first ?? "AGENT", limit: 80) }

  private static func isFolder(_ path: String) -> Bool {
    do throws(SourceFileError) { _ = try SourceFile.open(path) } catch {
      return error == .directory
    }
    return false
  }

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

  private func failure(
    _ error: SourceFileError, _ path: String, _ longest: Int64, _ site: Site
  ) -> Failure {
    let shown = SafeText.line(path, limit: 200)
    let quoted = Shell.quoted(shown)
    switch error {
    case .missing:
      guard path.contains("-"), (try? Address(validating: path)) != nil, words.count == 1,
        (try? SourceFile.open(words[0])) != nil
      else { return Failure.usage("there is no file \(shown)", try: "ls -la \(quoted)") }
      return Failure.usage(
        "there is no file \(shown); file and agent seem to be swapped",
        try: "notify-pane \(shown) --file \(Shell.quoted(agent))")
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
