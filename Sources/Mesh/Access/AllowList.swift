/// A sender whose signature was verified.
package struct VerifiedSender: Sendable {
  package let address: Address
  package let host: Host
  /// `SHA256:…` of the key that signed.
  package let keyFingerprint: String
  /// Whether the sender is on this account.
  package let isSelf: Bool

  package init(address: Address, host: Host, keyFingerprint: String, isSelf: Bool) {
    (self.address, self.host) = (address, host)
    (self.keyFingerprint, self.isSelf) = (keyFingerprint, isSelf)
  }
}

/// Why a list admits nobody. The texts are constants.
package enum AllowListError: Error, Equatable, Sendable {
  case tooLong, tooManyItems
  /// The number of the item, from 1, and what is wrong with it.
  case item(Int, String)
}

/// A parsed `@agent-allow` value. Grammar in protocol section 6:
/// `item *( ("," / blank) item )`, at most 2,048 bytes and 64 items.
package struct AllowList: Equatable, Sendable {
  package static let limit = 2048
  package static let itemLimit = 64

  /// One item, without its `!`.
  package enum Subject: Equatable, Sendable {
    case none, own, mesh
    case host(Host)
    case key(String)
    /// `owner`: the known host whose name the pattern begins with.
    case pattern(owner: Host, text: String)
  }

  package struct Item: Equatable, Sendable {
    package var refuses: Bool
    package var subject: Subject
    /// As written.
    package var text: String
  }

  package let items: [Item]

  /// - Parameter hosts: the known hosts, including this account's.
  package init(parsing text: String, hosts: Set<Host>) throws(AllowListError) {
    guard text.utf8.count <= AllowList.limit else { throw .tooLong }
    let words = text.split { $0 == "," || $0 == " " || $0 == "\t" }
    guard words.count <= AllowList.itemLimit else { throw .tooManyItems }
    var items: [Item] = []
    for (index, word) in words.enumerated() {
      let refuses = word.hasPrefix("!")
      let subject = try AllowList.subject(
        String(refuses ? word.dropFirst() : word), hosts, number: index + 1)
      items.append(Item(refuses: refuses, subject: subject, text: String(word)))
    }
    self.items = items
  }

  /// The item that decides, and whether it admits: any refusal that applies, otherwise the first
  /// item that admits.
  package func deciding(for sender: VerifiedSender) -> (admits: Bool, item: Item)? {
    if let refusal = items.first(where: { $0.refuses && $0.subject.covers(sender) }) {
      return (false, refusal)
    }
    return items.first { !$0.refuses && $0.subject.covers(sender) }.map { (true, $0) }
  }

  private static func subject(
    _ word: String, _ hosts: Set<Host>, number: Int
  ) throws(AllowListError) -> Subject {
    switch word {
    case "none": return .none
    case "@self": return .own
    case "@mesh": return .mesh
    default: break
    }
    if word.hasPrefix("host:") {
      guard let host = try? Host(validating: word.dropFirst(5)) else {
        throw .item(number, "host: wants a host's name, without wildcards")
      }
      return .host(host)
    }
    if word.hasPrefix("key:") {
      let key = String(word.dropFirst(4))
      guard key.isFingerprint else {
        throw .item(number, "key: wants SHA256:… as agent-keys list prints it")
      }
      return .key(key)
    }
    return try pattern(word, hosts, number: number)
  }

  private static func pattern(
    _ word: String, _ hosts: Set<Host>, number: Int
  ) throws(AllowListError) -> Subject {
    let literal = word.prefix { !AllowList.isWildcard($0) }
    let isExact = literal.utf8.count == word.utf8.count
    let fits =
      isExact
      ? (try? Address(validating: word)) != nil
      : word.utf8.allSatisfy { Slug.isSlugByte($0) || "-.~*?".utf8.contains($0) }
    guard fits else {
      throw .item(number, "not an address, a pattern, @self, @mesh, host:, key: or none")
    }
    // The `-` before a wildcard is only a separator: `hub-*` still belongs to `hub` when a host
    // named `hub-` appears.
    let stem = !isExact && literal.hasSuffix("-") ? literal.dropLast() : literal
    guard let owner = Address.owner(of: stem, among: hosts) else {
      throw .item(number, "a pattern begins with a known host's name")
    }
    return .pattern(owner: owner, text: word)
  }

  static func isWildcard(_ character: Character) -> Bool { character == "*" || character == "?" }
}

extension AllowList.Subject {
  package func covers(_ sender: VerifiedSender) -> Bool {
    switch self {
    case .none: false
    case .own: sender.isSelf
    // Every verified sender is from this account or from a pinned host.
    case .mesh: true
    case .host(let host): sender.host == host
    case .key(let key): sender.keyFingerprint == key
    case .pattern(let owner, let text):
      sender.host == owner && Glob(text).matches(sender.address.text)
    }
  }

  /// Whether the item names the sender itself, by address or key, and not by a class or a wildcard.
  package var isByName: Bool {
    switch self {
    case .key: true
    case .pattern(_, let text): !text.contains(where: AllowList.isWildcard)
    default: false
    }
  }
}
