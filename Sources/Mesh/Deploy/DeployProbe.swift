/// What a host reports about itself before anything is installed there. Untrusted: it may only lead
/// to a refusal, and is shown.
package struct DeployProbe: Equatable, Sendable {
  /// `uname -s`, `uname -m`: `Linux`, `x86_64`.
  package let system: String
  package let machine: String
  /// `glibc 2.36`; otherwise what its loader prints.
  package let libc: String
  /// `tmux 3.3a`; empty if there is none.
  package let tmux: String
  /// The version of an installed agent-mesh; empty if there is none.
  package let version: String
  /// The name in its `self.conf`; empty if it has none yet.
  package let name: String
  package let hasBash: Bool

  /// The one script that we run there. It works in any POSIX shell and changes nothing.
  package static let script = #"""
    printf 'AMSD1\n'
    printf 'system %s\n' "$(uname -s)"
    printf 'machine %s\n' "$(uname -m)"
    printf 'libc %s\n' "$(getconf GNU_LIBC_VERSION 2>/dev/null || ldd --version 2>&1 | head -n 1)"
    printf 'tmux %s\n' "$(tmux -V 2>/dev/null)"
    printf 'version %s\n' "$("$HOME/bin/agent-mesh" --version 2>/dev/null)"
    printf 'name %s\n' "$(head -n 1 "$HOME/.agents/self.conf" 2>/dev/null)"
    printf 'bash %s\n' "$(command -v bash)"
    printf 'end\n'

    """#

  /// - Parameter output: text that a login prints before or after the answer is skipped. `nil` if
  ///   no complete answer is in it.
  package init?(_ output: [UInt8]) {
    guard output.count <= 256 << 10 else { return nil }
    let lines = String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
    guard let first = lines.firstIndex(where: { $0.hasSuffix("AMSD1") }),
      let last = lines[first...].firstIndex(of: "end")
    else { return nil }
    var values: [String: String] = [:]
    for line in lines[(first + 1)..<last] {
      let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
      guard let key = parts.first, values[key] == nil else { continue }
      values[key] = SafeText.line(parts.count == 2 ? parts[1] : "", limit: 100)
    }
    guard let system = values["system"], let machine = values["machine"] else { return nil }
    (self.system, self.machine) = (system, machine)
    libc = values["libc"] ?? ""
    tmux = values["tmux"] ?? ""
    // `0.1.0 (commit)`
    version = String((values["version"] ?? "").prefix { $0 != " " })
    name = values["name"] ?? ""
    hasBash = values["bash"]?.isEmpty == false
  }
}

/// The program that we would send.
package struct DeployOwn: Equatable, Sendable {
  package var system: String
  package var machine: String
  /// The newest glibc whose symbols the program uses: 34 for 2.34; `nil` if it needs none.
  package var glibc: Int?
  package var version: String

  package init(system: String, machine: String, glibc: Int?, version: String) {
    (self.system, self.machine) = (system, machine)
    (self.glibc, self.version) = (glibc, version)
  }

  /// The highest `GLIBC_2.<n>` that occurs in a program.
  package static func glibc(in program: [UInt8]) -> Int? {
    let mark = Array("GLIBC_2.".utf8)
    var (best, index) = (nil as Int?, 0)
    while index + mark.count < program.count {
      guard let found = program[index...].firstIndex(of: mark[0]) else { break }
      index = found + 1
      guard program[found...].starts(with: mark) else { continue }
      let digits = program[(found + mark.count)...].prefix(3).prefix { (48...57).contains($0) }
      if let number = Int(String(decoding: digits, as: UTF8.self)) {
        best = max(best ?? number, number)
      }
    }
    return best
  }
}

/// Why nothing is sent, with a command that helps.
package struct DeployRefusal: Error, Equatable, Sendable {
  package let text: String
  package let hint: String
}

extension DeployProbe {
  /// - Throws: if our program would not run there, or would replace a newer one.
  package func admits(_ own: DeployOwn, as host: Host) throws(DeployRefusal) {
    try runs(own)
    guard name.isEmpty || name == host.name else {
      // A hint is pasted into a shell: from the peer's text it may contain only a valid host name.
      let other = try? Host(validating: name)
      throw DeployRefusal(
        text: "it calls itself \(name), not \(host)",
        hint: other.map { "agent-mesh deploy \($0)   once peers.conf has: \($0) ssh=\(host)" }
          ?? "ssh \(host)   and write its name into ~/.agents/self.conf")
    }
    guard !DeployProbe.isNewer(version, than: own.version) else {
      throw DeployRefusal(
        text: "it has version \(version), newer than \(own.version): not lowered",
        hint: "from there: agent-mesh deploy, to this one")
    }
  }

  /// Whether our program and its installer run there.
  private func runs(_ own: DeployOwn) throws(DeployRefusal) {
    let build = "there: git clone …, ./install.sh   (needs Swift), or a binary built for it"
    guard system == own.system, machine == own.machine else {
      throw DeployRefusal(
        text: "it is \(system) \(machine), this program is for \(own.system) \(own.machine)",
        hint: build)
    }
    if let needed = own.glibc {
      guard let there = DeployProbe.glibc(libc) else {
        throw DeployRefusal(
          text: "it has no glibc (\(libc)), which this program needs", hint: build)
      }
      guard there >= needed else {
        throw DeployRefusal(
          text: "its glibc is 2.\(there), this program needs 2.\(needed)", hint: build)
      }
    }
    guard hasBash else {
      throw DeployRefusal(
        text: "it has no bash, which install.sh needs", hint: "install bash there")
    }
  }

  private static func glibc(_ text: String) -> Int? {
    guard text.hasPrefix("glibc 2.") else { return nil }
    return Int(text.dropFirst("glibc 2.".count).prefix { $0.isNumber })
  }

  /// `1.10.0` is newer than `1.9`. A text that is no version is older than any.
  static func isNewer(_ left: String, than right: String) -> Bool {
    func parts(_ text: String) -> [Int] {
      text.split(separator: ".", maxSplits: 7).map { Int($0.prefix { $0.isNumber }) ?? 0 }
    }
    let (left, right) = (parts(left), parts(right))
    for index in 0..<max(left.count, right.count) {
      let (l, r) = (index < left.count ? left[index] : 0, index < right.count ? right[index] : 0)
      if l != r { return l > r }
    }
    return false
  }
}
