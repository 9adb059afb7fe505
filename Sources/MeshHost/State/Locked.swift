/// Locks for state files.
extension Directory {
  /// Runs `body` while holding a lock file in this directory.
  borrowing func locked<Answer: ~Copyable>(
    _ name: String, within time: Duration = .seconds(5),
    _ body: () throws(SetupError) -> Answer
  ) throws(SetupError) -> Answer {
    let lock: FileLock
    do {
      lock = try FileLock.acquire(in: self, name, until: .now + time)
    } catch { throw SetupError(error) }
    let answer = try body()
    lock.release()
    return answer
  }
}
