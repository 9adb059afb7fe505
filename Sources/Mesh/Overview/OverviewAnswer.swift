package import MeshCrypto

/// What a host tells another host about its agents: the signed answer to one question.
///
/// The question is an ordinary envelope: a statement of kind `status` with `in-reply-to: -` and no payload,
/// signed in `message@agent-mesh`. It goes to the verb `overview`. A peer that does not know the verb ends with
/// an error before its ready line and is listed without it. The answer:
/// ```
/// AMSO1 <answer length> <signature length>\n
/// <answer><signature>
/// ```
/// The signature is an SSHSIG in `receipt@agent-mesh`. An answer begins with `overview: 1` and a receipt with
/// `id:`, so neither can pass for the other. The answer is lines of printable ASCII, each ending in LF:
/// ```
/// overview: 1
/// host: worker-1
/// statement: <SHA-256 of the question's statement, hex>
/// time: 2026-11-22T07:31:39.120Z
/// agent: <address>
/// agent: <address> <state> <since, ms> <waiting> <target> <session> <window> <program> <role> <scope>
/// ```
/// If an agent's list admits nobody of the asking host, only its address is given. Texts are percent-encoded;
/// `-` is the empty text.
package struct OverviewAnswer: Sendable, Equatable {
  /// Bytes of one answer.
  package static let limit = 2 << 20
  package static let mostAgents = 4096
  /// Bytes of one text in an answer.
  package static let mostTextBytes = 600

  package var host: Host
  /// SHA-256 of the question's statement, in hex.
  package var statement: String
  package var time: Timestamp
  package var agents: [ToldAgent]

  package init(host: Host, statement: String, time: Timestamp, agents: [ToldAgent]) {
    (self.host, self.statement, self.time, self.agents) = (host, statement, time, agents)
  }

  package var encoded: [UInt8] {
    let head = ["overview: 1", "host: \(host)", "statement: \(statement)", "time: \(time.text)"]
    let lines = head + agents.prefix(Self.mostAgents).map { "agent: \($0.text)" }
    return Array(lines.map { $0 + "\n" }.joined().utf8)
  }

  package init(validating bytes: [UInt8]) throws(FormError) {
    guard bytes.count <= Self.limit, bytes.last == 10,
      bytes.allSatisfy({ $0 == 10 || $0.isPrintable })
    else { throw .value("overview") }
    var lines = bytes.dropLast().split(separator: 10, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }[...]
    func value(_ key: String) throws(FormError) -> String {
      guard let line = lines.popFirst(), line.hasPrefix(key + ": ") else { throw .value(key) }
      return String(line.dropFirst(key.utf8.count + 2))
    }
    guard try value("overview") == "1" else { throw .value("overview") }
    do { host = try Host(validating: try value("host")) } catch { throw .value("host") }
    statement = try value("statement")
    do { time = try Timestamp(validating: try value("time")) } catch { throw .value("time") }
    guard lines.count <= Self.mostAgents else { throw .value("agent") }
    agents = []
    while !lines.isEmpty {
      guard let agent = ToldAgent(validating: try value("agent")) else { throw .value("agent") }
      agents.append(agent)
    }
  }
}

/// One agent as its host describes it.
package struct ToldAgent: Sendable, Equatable {
  /// What only hosts admitted by the agent's list are told.
  package struct More: Sendable, Equatable {
    package var state: PaneState?
    package var since: Timestamp?
    package var waiting: Int
    package var target: String
    package var session: String
    package var window: String
    package var program: String
    package var role: String
    package var scope: String

    package init(_ row: AgentRow) {
      (state, since, waiting) = (row.state, row.since, row.waiting ?? 0)
      (target, session, window) = (row.target, row.session, row.window)
      (program, role, scope) = (row.program, row.role, row.scope)
    }
  }

  package let address: Address
  package let more: More?

  package init(_ row: AgentRow, admitted: Bool) {
    address = row.address
    more = admitted ? More(row) : nil
  }

  fileprivate var text: String {
    guard let more else { return address.text }
    let numbers = [
      more.state?.rawValue ?? "-", more.since.map { "\($0.milliseconds)" } ?? "-",
      "\(more.waiting)",
    ]
    let texts = [more.target, more.session, more.window, more.program, more.role, more.scope]
    return ([address.text] + numbers + texts.map(TextWord.encode)).joined(separator: " ")
  }

  fileprivate init?(validating text: String) {
    let parts = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard let address = try? Address(validating: parts[0]) else { return nil }
    self.address = address
    if parts.count == 1 {
      more = nil
      return
    }
    guard parts.count == 10, let more = More(parts[1...]) else { return nil }
    self.more = more
  }
}

extension ToldAgent.More {
  fileprivate init?(_ parts: ArraySlice<String>) {
    let parts = Array(parts)
    guard parts[0] == "-" || PaneState(rawValue: parts[0]) != nil,
      parts[1] == "-"
        || Int64(parts[1]).map({ (0...Timestamp.last.milliseconds).contains($0) }) == true,
      let waiting = Int(parts[2]), (0...1_000_000).contains(waiting)
    else { return nil }
    let texts = parts[3...].compactMap(TextWord.decode)
    guard texts.count == 6 else { return nil }
    state = PaneState(rawValue: parts[0])
    since = Int64(parts[1]).map { Timestamp(milliseconds: $0) }
    self.waiting = waiting
    (target, session, window) = (texts[0], texts[1], texts[2])
    (program, role, scope) = (texts[3], texts[4], texts[5])
  }
}

/// A text as one word of printable ASCII; `-` is the empty text.
private enum TextWord {
  static func encode(_ text: String) -> String {
    let bytes = SafeText.line(text, limit: 140).utf8.prefix(OverviewAnswer.mostTextBytes)
    if bytes.isEmpty { return "-" }
    return Percent.encode(bytes) { $0.isLetter || $0.isDigit || "._:/@".utf8.contains($0) }
  }

  static func decode(_ text: String) -> String? {
    if text == "-" { return "" }
    guard let bytes = Percent.decode(text), !bytes.isEmpty,
      bytes.count <= OverviewAnswer.mostTextBytes
    else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }
}

/// An answer as it is sent.
package struct SignedOverview: Sendable, Equatable {
  package let answer: [UInt8]
  package let signature: [UInt8]

  package init(answer: [UInt8], signature: [UInt8]) {
    (self.answer, self.signature) = (answer, signature)
  }

  package var bytes: [UInt8] { Framing.joined("AMSO1", [answer, signature]) }

  /// The lengths of answer and signature from the first line; nil: the line has another form.
  package static func lengths(_ line: [UInt8]) -> (answer: Int, signature: Int)? {
    guard let numbers = try? Framing.numbers(line, word: "AMSO1", count: 2),
      numbers[0] <= OverviewAnswer.limit, numbers[1] <= SSHSignature.maximumLength
    else { return nil }
    return (numbers[0], numbers[1])
  }

  /// The answer, if one of `keys` signed it and it answers exactly this question.
  package func verified(
    by keys: [VerifyingKey], from host: Host, _ statementBytes: [UInt8]
  ) throws(ReceiptError) -> OverviewAnswer {
    guard Namespace.receipt.isSigned(answer, signature, by: keys) else { throw .signature }
    guard let read = try? OverviewAnswer(validating: answer) else { throw .form }
    guard read.host == host, read.statement == Digest.hex(Digest.sha256(statementBytes)) else {
      throw .another
    }
    return read
  }
}

extension AgentRow {
  /// What a host answered about its agent takes precedence over what its slice says.
  package init(
    _ told: ToldAgent, of host: Host, _ known: AgentRow?, _ reach: Reach, asOf: Timestamp
  ) {
    self.init(told.address, host, reach, asOf: asOf)
    if let known {
      (target, session, window, paneID) = (known.target, known.session, known.window, known.paneID)
      (program, role, scope) = (known.program, known.role, known.scope)
      listedRole = known.listedRole
    }
    guard let more = told.more else { return }
    (state, since, waiting) = (more.state, more.since, more.waiting)
    (target, session, window) = (more.target, more.session, more.window)
    (program, role, scope) = (more.program, more.role, more.scope)
  }
}
