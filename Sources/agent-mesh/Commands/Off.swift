internal import ArgumentParser
internal import Mesh
internal import MeshCrypto
internal import MeshHost

struct SwitchOff: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "off",
    abstract:
      "End the ssh connections that are kept open for the mesh; the next message opens another.")
  @Flag(help: "Print JSON.") var json = false

  mutating func run() throws {
    let site = try Own.site()
    let ended = try SSHMasters.end(site)
    Output.say(
      ended == 0 ? "no connection was open" : "\(ended.counted("connection")) ended",
      ["ended": ended], json: json)
  }
}
