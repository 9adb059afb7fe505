internal import ArgumentParser

/// Sealing, and the file that goes with a message.
struct DropOptions: ParsableArguments {
  @Flag(help: "Seal it: only the recipient's account can read it, whatever carries or keeps it.")
  var seal = false
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Drop this file into the recipient's inbox; the body is its caption. `-`: stdin.",
      valueName: "path"),
    completion: .file())
  var file: String?
  @Option(help: "The file's name there; the path's last part when it is not given.")
  var name: String?

  var drop: Drop { Drop(seal: seal, file: file, name: name) }
}
