import Glibc

/// A thread of its own for one reader; waited for when it goes.
package final class ReaderThread: Sendable {
  private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// Written by `init` alone.
  private let thread: pthread_t

  /// - Throws: `liveCapture` where the system has no thread.
  init(interface: String, _ body: @escaping @Sendable () -> Void) throws(CaptureError) {
    var thread = pthread_t()
    let status = Self.start(&thread, body)
    guard status == 0 else {
      throw CaptureError(.liveCapture, path: interface, detail: "no thread: \(systemText(status))")
    }
    self.thread = thread
  }

  /// Starts a thread that nobody waits for.
  ///
  /// - Returns: false where the system has none.
  package static func detached(_ body: @escaping @Sendable () -> Void) -> Bool {
    var thread = pthread_t()
    guard start(&thread, body) == 0 else { return false }
    return pthread_detach(thread) == 0
  }

  /// - Returns: an error number; zero for none.
  private static func start(
    _ thread: inout pthread_t, _ body: @escaping @Sendable () -> Void
  ) -> Int32 {
    // Safe: the work is kept alive until the thread has taken it.
    let work = unsafe Unmanaged.passRetained(Work(body))
    let status = unsafe pthread_create(&thread, nil, Self.run, work.toOpaque())
    if status != 0 { unsafe work.release() }
    return status
  }

  private static let run: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
    // Safe: what `init` retained, taken once.
    if let work = unsafe $0 { unsafe Unmanaged<Work>.fromOpaque(work).takeRetainedValue().body() }
    return nil
  }

  deinit { pthread_join(thread, nil) }
}
