import MeshHost
import Testing

/// `Directory` on a real file system: modes, owners, links, sizes and files that are not regular.
@Suite struct SystemFileTests {
  @Test func writeAndRead() throws {
    let scratch = try Scratch()
    let directory = try scratch.directory()
    try directory.writeAtomically("a", bytes("one"))
    #expect(try directory.read("a", limit: 3, policy: .secret) == bytes("one"))
    try directory.writeAtomically("a", bytes("three"), mode: 0o644, sync: false)
    #expect(try directory.read("a", limit: 100) == bytes("three"))
    #expect(try directory.facts(of: "a")?.mode == 0o644)
    try directory.writeAtomically("log", bytes("x\n"))
    #expect(try directory.names(limit: 10) == ["a", "log"])
    #expect(try directory.names(limit: 1).count == 1)
    #expect(try directory.remove("a"))
    #expect(try !directory.remove("a"))
    #expect(try directory.facts(of: "a") == nil)
  }

  @Test func exclusive() throws {
    let scratch = try Scratch()
    let directory = try scratch.directory()
    try directory.createExclusive("id", bytes("first"))
    let again = failure { () throws(FileError) in
      try directory.createExclusive("id", bytes("second"))
    }
    #expect(again == .exists(path: scratch.path + "/id"))
    #expect(try directory.read("id", limit: 100, policy: .secret) == bytes("first"))
    let linked = failure { () throws(FileError) in try directory.linkNoReplace(from: "id", to: "id")
    }
    #expect(linked == .exists(path: scratch.path + "/id"))
    try directory.linkNoReplace(from: "id", to: "other")
    #expect(try directory.names(limit: 10) == ["id", "other"])
  }

  @Test func whatIsNoRegularFile() throws {
    let scratch = try Scratch()
    try shell(
      "cd \"$1\"; echo x > file; ln -s file link; mkfifo pipe; mkdir sub; ln -s sub dirlink; ln -s /dev/zero zero",
      [scratch.path])
    let directory = try scratch.directory()
    for name in ["link", "pipe", "sub", "zero"] {
      let error = failure { () throws(FileError) in
        try directory.read(name, limit: 100, policy: .any)
      }
      #expect(error == .notRegular(path: scratch.path + "/" + name), "\(name)")
    }
    let linked = failure { () throws(FileError) in try directory.subdirectory("dirlink") }
    #expect(linked == .notRegular(path: scratch.path + "/dirlink"))
    let whole = failure { () throws(FileError) in try Directory.open(scratch.path + "/dirlink") }
    #expect(whole == .notRegular(path: scratch.path + "/dirlink"))
    let missing = failure { () throws(FileError) in try directory.read("none", limit: 1) }
    #expect(missing == .missing(path: scratch.path + "/none"))
  }

  @Test(arguments: [
    "", ".", "..", "a/b", "/etc/passwd", "a\0b", String(repeating: "x", count: 256),
  ])
  func badNames(name: String) throws {
    let scratch = try Scratch()
    let directory = try scratch.directory()
    #expect(failure { () throws(FileError) in try directory.read(name, limit: 1) } == .badName)
    #expect(failure { () throws(FileError) in try directory.writeAtomically(name, []) } == .badName)
    #expect(failure { () throws(FileError) in try directory.createExclusive(name, []) } == .badName)
    #expect(failure { () throws(FileError) in try directory.remove(name) } == .badName)
    #expect(failure { () throws(FileError) in try directory.subdirectory(name) } == .badName)
    #expect(try directory.names(limit: 10).isEmpty)
  }

  @Test func sizes() throws {
    let scratch = try Scratch()
    let directory = try scratch.directory()
    try directory.writeAtomically("a", [UInt8](repeating: 1, count: 1001), sync: false)
    let error = failure { () throws(FileError) in try directory.read("a", limit: 1000) }
    #expect(error == .tooLarge(path: scratch.path + "/a", limit: 1000))
    #expect(try directory.read("a", limit: 1001).count == 1001)
    // Files in /proc report a size of 0.
    let proc = try Directory.open("/proc/\(ProcessTable.own)", requirePrivate: false)
    #expect(try proc.read("status", limit: 65536, policy: .any).count > 100)
    let cut = failure { () throws(FileError) in try proc.read("status", limit: 10, policy: .any) }
    #expect(cut == .tooLarge(path: proc.path + "/status", limit: 10))
  }

  @Test(arguments: [
    (0o600, true, true), (0o400, true, true), (0o640, false, true), (0o604, false, true),
    (0o660, false, false), (0o602, false, false), (0o622, false, false),
  ])
  func modes(mode: Int, secret: Bool, config: Bool) throws {
    let scratch = try Scratch()
    let directory = try scratch.directory()
    try directory.writeAtomically("a", bytes("x"), mode: UInt32(mode), sync: false)
    for (policy, good) in [(FilePolicy.secret, secret), (.config, config), (.any, true)] {
      let error = failure { () throws(FileError) in
        try directory.read("a", limit: 9, policy: policy)
      }
      if good {
        #expect(error == nil)
      } else if case .insecure(_, let seen, _) = error {
        #expect(seen == UInt32(mode))
      } else {
        Issue.record("\(mode) \(policy)")
      }
    }
  }

  @Test func directoriesOfOthers() throws {
    let scratch = try Scratch()
    try shell(
      "mkdir -m 750 \"$1\"/a; mkdir -m 777 \"$1\"/b; mkdir -m 1777 \"$1\"/c", [scratch.path])
    let directory = try scratch.directory()
    for (name, asPrivate, asOther) in [
      ("a", false, true), ("b", false, false), ("c", false, false),
    ] {
      for requirePrivate in [true, false] {
        let error = failure { () throws(FileError) in
          try directory.subdirectory(name, requirePrivate: requirePrivate)
        }
        #expect((error == nil) == (requirePrivate ? asPrivate : asOther), "\(name)")
      }
    }
    _ = try directory.subdirectory("made", create: true)
    #expect(try directory.facts(of: "made")?.mode == 0o700)
    #expect(Directory.insecureAncestor(scratch.path + "/a/x") == nil)
    #expect(Directory.insecureAncestor(scratch.path + "/b/x/y") == scratch.path + "/b")
    // Sticky: others cannot remove our files.
    #expect(Directory.insecureAncestor(scratch.path + "/c/x") == nil)
    // Through a link into a folder that others can write.
    try shell("ln -s \"$1\"/b \"$1\"/safe", [scratch.path])
    #expect(Directory.insecureAncestor(scratch.path + "/safe") == scratch.path + "/b")
    #expect(Directory.insecureAncestor("relative") != nil)
  }

  @Test(.enabled(if: isRoot, "needs root to make another account's files"))
  func ownersOfOthers() throws {
    let scratch = try Scratch()
    try shell(
      "cd \"$1\"; echo x > file; chmod 600 file; mkdir -m 700 dir; chown 65534 file dir",
      [scratch.path])
    let directory = try scratch.directory()
    for policy in [FilePolicy.secret, .config] {
      let error = failure { () throws(FileError) in
        try directory.read("file", limit: 9, policy: policy)
      }
      #expect(error == .insecure(path: scratch.path + "/file", mode: 0o600, owner: 65534))
    }
    let other = failure { () throws(FileError) in try directory.subdirectory("dir") }
    #expect(other == .insecure(path: scratch.path + "/dir", mode: 0o700, owner: 65534))
    #expect(Directory.insecureAncestor(scratch.path + "/dir/x") == scratch.path + "/dir")
    let lock = failure { () throws(FileError) in try FileLock.tryAcquire(in: directory, "file") }
    #expect(lock == .insecure(path: scratch.path + "/file", mode: 0o600, owner: 65534))
  }
}

let isRoot = (try? shell("id -u")) == "0\n"
