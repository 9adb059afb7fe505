internal import Mesh
internal import MeshHost

/// Whether a message is sealed, and the file that goes with it.
struct Drop {
  var seal = false
  /// `-`: stdin.
  var file: String?
  var name: String?

  /// The file, opened and named; nil when the message has none.
  /// - Throws: also when it is longer than this account's policy lets out. What receivers keep, their own says.
  func attachment(_ site: Site) throws(Failure) -> Attachment? {
    guard let path = file else {
      guard name == nil else { throw .usage("--name goes with --file; nothing was sent") }
      return nil
    }
    guard let proposed = name ?? (path == "-" ? nil : path) else {
      throw .usage("--file - wants a --name; nothing was sent")
    }
    let isFolder = path != "-" && Drop.isFolder(path)
    let name =
      try isFolder && self.name == nil
      ? Drop.name(Drop.archiveName(path), given: true)
      : Drop.name(proposed, given: self.name != nil)
    let longest = try Setup.files { () throws(SetupError) in
      try Policies(site.home).effective.maxFile
    }
    let file: SourceFile
    do {
      file =
        path == "-"
        ? try Attachment.standardInput(site, limit: longest)
        : isFolder
          ? try Attachment.archive(of: path, site, limit: longest) : try SourceFile.open(path)
    } catch { throw Drop.failure(error, path, longest) }
    guard file.size <= longest else { throw Drop.failure(.tooLarge, path, longest) }
    if isFolder {
      Output.note(
        "notify-pane: \(SafeText.line(path)) is a directory: it goes as the archive \(name), and nothing unpacks it there"
      )
    }
    let line = ProgressLine()
    return Attachment(file, name: name) { sent, all in line.show(sent, of: all) }
  }

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

  private static func name(_ text: String, given: Bool) throws(Failure) -> FileName {
    do {
      return given ? try FileName(validating: text) : try FileName(lastOf: text)
    } catch {
      let what =
        switch error {
        case .length: "a file's name has 1 to 255 bytes"
        case .path: "a file's name is one component, without /"
        case .start: "a file's name begins neither with a dot nor with a dash"
        case .character: "the file's name has control, invisible or direction-changing characters"
        case .form: "the file's name is not in Unicode's composed form"
        }
      throw Failure(
        code: 5, reason: Reason.name.rawValue, text: "\(what); nothing was sent",
        hint: "--name NAME")
    }
  }

  private static func failure(
    _ error: SourceFileError, _ path: String, _ longest: Int64
  ) -> Failure {
    let shown = SafeText.line(path)
    switch error {
    case .missing: return .usage("there is no file \(shown); nothing was sent")
    case .unreadable: return .usage("\(shown) cannot be read, or not all of it; nothing was sent")
    case .directory:
      return .usage("\(shown) is a directory; nothing was sent")
    case .notRegular:
      return .usage(
        "\(shown) is not a regular file; nothing was sent",
        hint: "notify-pane AGENT --file - --name NAME <\(shown)")
    case .tooLarge:
      return Failure(
        code: 5, reason: Reason.quota.rawValue,
        text:
          "\(path == "-" ? "stdin" : shown) has more than the \(longest) bytes that a file may have; nothing was sent",
        hint: "max_file = …   in ~/.agents/policy.toml, here and there")
    case .disk:
      return Failure(
        code: 4, reason: Reason.disk.rawValue,
        text: "stdin could not be kept in ~/.agents/state while it is sent; nothing was sent",
        hint: "df -h ~")
    }
  }
}
