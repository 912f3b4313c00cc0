import Glibc

/// A thread of its own for one reader; waited for when it goes.
final class ReaderThread: Sendable {
  private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// Written by `init` alone.
  private let thread: pthread_t

  /// - Throws: `liveCapture` where the system has no thread.
  init(interface: String, _ body: @escaping @Sendable () -> Void) throws(CaptureError) {
    var thread = pthread_t()
    // Safe: the work is kept alive until the thread has taken it.
    let work = unsafe Unmanaged.passRetained(Work(body))
    let status = unsafe pthread_create(&thread, nil, Self.run, work.toOpaque())
    guard status == 0 else {
      unsafe work.release()
      throw CaptureError(.liveCapture, path: interface, detail: "no thread: \(systemText(status))")
    }
    self.thread = thread
  }

  private static let run: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
    // Safe: what `init` retained, taken once.
    if let work = unsafe $0 { unsafe Unmanaged<Work>.fromOpaque(work).takeRetainedValue().body() }
    return nil
  }

  deinit { pthread_join(thread, nil) }
}
