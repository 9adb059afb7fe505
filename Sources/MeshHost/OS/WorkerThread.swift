#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Work for a thread of its own: it blocks, or waits for other machines.
protocol Worker: AnyObject, Sendable { func work() }

/// The one place where threads begin.
enum WorkerThread {
  /// The thread keeps its worker until the work is done.
  /// - Returns: the thread, to be joined or detached; nil when the system has none to give.
  static func start(_ worker: any Worker) -> pthread_t? {
    var thread = pthread_t()
    let context = unsafe Unmanaged.passRetained(Box(worker))
    let code = unsafe pthread_create(
      &thread, nil,
      { raw in
        #if canImport(Glibc)
          guard let raw = unsafe raw else { return nil }
        #endif
        unsafe Unmanaged<Box>.fromOpaque(raw).takeRetainedValue().worker.work()
        return nil
      }, context.toOpaque())
    if code != 0 { unsafe context.release() }
    return code == 0 ? thread : nil
  }

  private final class Box: Sendable {
    let worker: any Worker
    init(_ worker: any Worker) { self.worker = worker }
  }
}
