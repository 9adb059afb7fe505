internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Prints a line every few seconds while this process is kept waiting, so that whoever reads knows that it lives.
package final class Heartbeat {
  private var stopper: Descriptor
  private var thread: pthread_t?

  /// - Parameter line: without its line feed.
  package init(_ line: String, every pause: Duration) {
    guard let pipe = try? Pipe() else {
      stopper = Descriptor(-1)
      return
    }
    let end = pipe.read
    stopper = pipe.write
    thread = WorkerThread.start(Beat(line, pause, end))
  }

  /// Nothing is printed once this has returned.
  package func stop() {
    stopper.close()
    if let thread { pthread_join(thread, nil) }
    thread = nil
  }
}

private final class Beat: Worker {
  private let line: String
  private let pause: Duration
  private let end: Descriptor

  init(_ line: String, _ pause: Duration, _ end: consuming Descriptor) {
    (self.line, self.pause) = (line + "\n", pause)
    self.end = end
  }

  func work() {
    while true {
      let next = ContinuousClock.now + pause
      var interests = [Waiting.Interest(end.raw)]
      if Waiting.poll(&interests, until: next) { return }
      if ContinuousClock.now >= next { Standard.write(line) }
    }
  }
}

/// Prints a text on stderr once, unless what it waits for has come before.
package final class DelayedLine {
  private var stopper: Descriptor
  private var thread: pthread_t?
  private let worker: Delay

  package init?(_ text: String, after pause: Duration) {
    guard let pipe = try? Pipe() else { return nil }
    let end = pipe.read
    stopper = pipe.write
    worker = Delay(text, pause, end)
    thread = WorkerThread.start(worker)
  }

  /// Nothing is printed once this has returned.
  /// - Returns: whether it was printed; false the second time.
  package func stop() -> Bool {
    guard let thread else { return false }
    stopper.close()
    pthread_join(thread, nil)
    self.thread = nil
    return worker.printed
  }
}

private final class Delay: Worker {
  private let text: String
  private let pause: Duration
  private let end: Descriptor
  private let done = Mutex(false)
  var printed: Bool { done.withLock { $0 } }

  init(_ text: String, _ pause: Duration, _ end: consuming Descriptor) {
    (self.text, self.pause) = (text, pause)
    self.end = end
  }

  func work() {
    let time = ContinuousClock.now + pause
    var interests = [Waiting.Interest(end.raw)]
    if Waiting.poll(&interests, until: time) { return }
    Standard.write(text, to: .error)
    done.withLock { $0 = true }
  }
}
