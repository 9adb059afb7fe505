import MeshHost
import Testing

/// `FileLock` between threads and between processes.
@Suite struct SystemLockTests {
  @Test func excludes() throws {
    let scratch = try Scratch()
    let directory = try scratch.directory()
    try hold(directory) {
      let free = try isFree(directory)
      #expect(!free)
      let late = failure { () throws(FileError) in
        try FileLock.acquire(in: directory, "lock", until: soon(.milliseconds(100)))
      }
      #expect(late == .timeout(path: scratch.path + "/lock"))
    }
    // Also after a waiter gave up: its thread releases the lock.
    try hold(directory) {}
  }

  private func isFree(_ directory: borrowing Directory) throws -> Bool {
    let lock = try FileLock.tryAcquire(in: directory, "lock")
    return lock != nil
  }

  private func hold(_ directory: borrowing Directory, _ body: () throws -> Void) throws {
    let lock = try FileLock.acquire(in: directory, "lock", until: soon())
    try body()
    _ = consume lock
  }

  /// flock(1) is another process; the lock ends with it.
  @Test func waitsForAnotherProcess() async throws {
    let scratch = try Scratch()
    let directory = try scratch.directory()
    var other = try Conversation(
      "flock",
      [
        scratch.path + "/lock", "sh", "-c", "chmod 600 \"$0\"; echo held; cat",
        scratch.path + "/lock",
      ])
    #expect(try other.read(atMost: 10, until: soon()) == bytes("held\n"))
    let free = try isFree(directory)
    #expect(!free)
    other.closeInput()
    let mine = try FileLock.acquire(in: directory, "lock", until: soon())
    _ = try other.finish(until: soon())
    _ = consume mine
  }

  /// Fifty waiters, each in its own process: each gets its turn, and no two at the same time.
  @Test func everyWaiterHasItsTurn() async throws {
    let scratch = try Scratch()
    let path = scratch.path
    let turns = try await withThrowingTaskGroup(of: Int.self) { group in
      for number in 0..<50 {
        group.addTask {
          let directory = try Directory.open(path)
          let lock = try FileLock.acquire(in: directory, "lock", until: soon(.seconds(60)))
          let before =
            try directory.facts(of: "count") == nil ? [] : directory.read("count", limit: 999)
          try directory.writeAtomically("count", before + [1], sync: false)
          _ = consume lock
          return number
        }
      }
      return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
    }
    #expect(turns.count == 50)
    let directory = try scratch.directory()
    #expect(try directory.read("count", limit: 999).count == 50)
  }
}
