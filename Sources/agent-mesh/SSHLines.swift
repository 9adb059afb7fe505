internal import Mesh
internal import MeshCrypto
internal import MeshHost

/// `agent-keys ssh-line`.
struct SSHLines {
  private static let limit = 16 << 10

  let site: Site

  init(_ site: Site) { self.site = site }

  func print(_ name: String, _ file: String?) throws(Failure) {
    let host = try Trusting.host(name)
    let text = try publicKey(file)
    let parts = text.split(whereSeparator: { $0 == " " || $0 == "\n" }).map(String.init)
    let types = ["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "sk-ssh-ed25519@openssh.com"]
    guard parts.count >= 2, types.contains(parts[0]), (try? Base64.decode(parts[1])) != nil else {
      throw .usage("that is no ssh public key", hint: "ssh \(host) cat .ssh/id_ed25519.pub")
    }
    let program = "\(site.home.home)/bin/agent-register-hook"
    guard !program.contains("\""), !program.contains("\\") else {
      throw .usage("the home directory's name cannot stand in authorized_keys")
    }
    Output.line(
      "restrict,command=\"\(program) serve --peer \(host)\" \(parts[0]) \(parts[1]) \(host)")
  }

  private func publicKey(_ file: String?) throws(Failure) -> String {
    let bytes: [UInt8]
    do {
      if let file {
        bytes = try UserFile.read(file, limit: Self.limit)
      } else {
        if Standard.isTerminal(.input) { Output.note("agent-keys: paste the public key, then ^D") }
        bytes = try Standard.readAll(limit: Self.limit, until: .now + .seconds(600))
      }
    } catch { throw .usage("the public key could not be read") }
    return String(decoding: bytes, as: UTF8.self)
  }
}
