import Mesh
import Testing

@Suite struct RegistryPeersTests {
  private func parse(_ text: String) -> (peers: [Peer], complaints: [PeersConf.Complaint]) {
    PeersConf.parse(Array(text.utf8))
  }

  @Test func reads() throws {
    let (peers, complaints) = parse(
      "\u{FEFF}# mine\r\nworker-1\r\n\r\n  worker-2 ssh=w2.example.com hub # big\n\thub\thub\nlast")
    #expect(complaints.isEmpty)
    #expect(
      peers == [
        Peer(host: try Host(validating: "worker-1"), sshAlias: "worker-1", hub: false),
        Peer(host: try Host(validating: "worker-2"), sshAlias: "w2.example.com", hub: true),
        Peer(host: try Host(validating: "hub"), sshAlias: "hub", hub: true),
        Peer(host: try Host(validating: "last"), sshAlias: "last", hub: false),
      ])
  }

  @Test(arguments: [
    "-oProxyCommand=x", "Worker", "user@host", "a b", "a ssh=", "a ssh=-x", "a ssh=x;y",
    "a ssh=x@y", "a hub=1",
    "a HUB", "a$(id)", "a\u{0}", "é", "a.example.com", "a ssh=ü",
  ])
  func badLineAlone(text: String) {
    let (peers, complaints) = parse("good\n\(text)\nother")
    #expect(peers.map(\.host.name) == ["good", "other"])
    #expect(complaints.map(\.line) == [2])
    #expect(complaints.allSatisfy { !$0.text.contains(text) })
  }

  @Test func notUTF8() {
    let (peers, complaints) = PeersConf.parse([0x61, 0x0A, 0xFF, 0x0A, 0x62])
    #expect(peers.map(\.host.name) == ["a", "b"])
    #expect(complaints.map(\.line) == [2])
  }

  @Test func duplicates() {
    let (peers, complaints) = parse("a\nb\na hub\nc ssh=b")
    #expect(peers.map(\.host.name) == ["a", "b"] && !peers[0].hub)
    #expect(complaints.map(\.line) == [3, 4])
  }

  @Test func bounds() {
    let lines = (0..<10_000).map { "h\($0)\n" }.joined()
    #expect(parse(lines).peers.count == 10_000)
    // The cut end of the last line must not be read as another line.
    let more = parse(lines + "x\ny\n")
    #expect(more.peers.count == 10_000)
    #expect(more.complaints.map(\.line) == [10_001])
    let large = PeersConf.parse([UInt8](repeating: 0x0A, count: PeersConf.mostBytes + 1))
    #expect(large.peers.isEmpty && large.complaints.map(\.line) == [0])
  }

  @Test(arguments: [
    ("hub\n", "hub"), (" h u b \r\nother", "hub"), ("\u{FEFF}hub", "hub"), ("", nil),
    ("\nhub", nil), ("Hub", nil),
    ("-a", nil), ("a#b", nil),
  ])
  func selfConf(text: String, wanted: String?) {
    #expect((try? SelfConf.parse(Array(text.utf8)))?.name == wanted)
  }

  @Test(arguments: [("MyBox.local", "mybox"), ("a_b", "a-b"), ("...", nil), ("日本", nil)])
  func fromSystemName(name: String, wanted: String?) {
    #expect(SelfConf.host(fromSystemName: name)?.name == wanted)
  }
}

@Suite struct RegistryAddressBookTests {
  private func book() throws -> AddressBook {
    let hub = try RegistrySample.slice(
      "hub",
      [
        RegistrySample.entry("hub-dev-build"), RegistrySample.entry("hub-dev-build-0"),
        RegistrySample.entry("hub-dev-build-1", pane: 1), RegistrySample.entry("hub-dev-foo~2"),
        RegistrySample.entry("hub-dev-build-2~2", pane: 2), RegistrySample.entry("worker-x"),
      ])
    let worker = try RegistrySample.slice(
      "worker", [RegistrySample.entry("worker-ci-test", host: "worker")])
    return AddressBook(slices: [
      AddressBook.Source(slice: hub, stale: false), AddressBook.Source(slice: worker, stale: true),
    ])
  }

  @Test(arguments: [
    ("hub-dev-build", "hub-dev-build"), ("hub-dev-build.0", "hub-dev-build"),
    ("hub-dev-build.1", "hub-dev-build-1"), ("hub-dev-build-1", "hub-dev-build-1"),
    ("hub-dev-build.2", "hub-dev-build-2~2"), ("hub-dev-build.3", nil), ("nobody.0", nil),
    ("hub", nil),
    ("hub-dev-foo", nil), ("hub-dev-foo~2.1", "hub-dev-build-1"), ("worker-x", nil),
  ])
  func lookUp(typed: String, wanted: String?) throws {
    let found = try book().look(up: Address(validating: typed))
    #expect(found?.entry.address.text == wanted)
  }

  @Test func listsAndReports() throws {
    let book = try book()
    #expect(book.addresses == book.addresses.sorted() && book.addresses.count == 6)
    #expect(book.foreign.map(\.address.text) == ["worker-x"])
    #expect(book.foreign.map(\.host.name) == ["hub"])
    let stale = try book.look(up: Address(validating: "worker-ci-test"))
    #expect(stale?.stale == true && stale?.host.name == "worker")
    #expect(book.entries.map(\.entry.address) == book.addresses)
  }

  @Test(arguments: [
    ("hub-dev-biuld", "hub-dev-build"), ("hub-dev-buil", "hub-dev-build"),
    ("HUB-DEV-BUILD", "hub-dev-build"),
    ("worker-ci", "worker-ci-test"), ("ci-test", "worker-ci-test"),
    ("worker-ci-tset", "worker-ci-test"),
  ])
  func near(typed: String, wanted: String) throws {
    #expect(try book().nearNames(typed).first?.text == wanted)
  }

  /// `.1` means a pane of the same window, not any pane with that index.
  @Test func placesAreOfTheSameWindow() throws {
    var other = try RegistrySample.entry("hub-dev-other-1", pane: 1)
    other.target = "dev:2"
    var elsewhere = try RegistrySample.entry("hub-dev-away-1", pane: 1)
    elsewhere.server = "second"
    let slice = try RegistrySample.slice(
      "hub", [RegistrySample.entry("hub-dev-build"), other, elsewhere])
    let book = AddressBook(slices: [AddressBook.Source(slice: slice, stale: false)])
    #expect(book.look(up: try Address(validating: "hub-dev-build.1")) == nil)
  }

  @Test func registryText() throws {
    let document = try TOMLDocument(parsing: try book().registryText)
    let names = try book().addresses.map(\.text)
    #expect(document.children(of: "agents").map { $0.path[1] } == names)
    let table = document[["agents", "worker-ci-test"]]
    #expect(table?.boolean("stale") == true && table?.string("host") == "worker")
    #expect(document[["agents", "hub-dev-build"]]?.boolean("stale") == nil)
  }

  @Test func nothingNear() throws {
    let book = try book()
    #expect(book.nearNames("zzzzzzzzzz").isEmpty)
    #expect(book.nearNames("").isEmpty)
    #expect(book.nearNames("hub-dev-build", atMost: 2).count == 2)
    #expect(book.nearNames("hub-dev-build", atMost: 0).isEmpty)
    #expect(book.nearNames(String(repeating: "hub-", count: 100_000)).isEmpty)
  }
}
