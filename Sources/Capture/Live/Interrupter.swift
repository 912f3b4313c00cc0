import Glibc

/// Ends a wait for frames from another thread or a signal handler: a pipe, so one `write(2)`.
package final class Interrupter: Sendable {
  /// Readable once interrupted, and from then on.
  let descriptor: Int32
  private let writingEnd: Int32

  init(interface: String) throws(CaptureError) {
    var ends: [Int32] = [-1, -1]
    // Safe: the array has the two elements that are written.
    guard unsafe pipe(&ends) == 0 else {
      throw CaptureError(.liveCapture, path: interface, detail: systemText(errno))
    }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    (descriptor, writingEnd) = (ends[0], ends[1])
  }

  deinit {
    close(descriptor)
    close(writingEnd)
  }

  /// From now on every fill returns false. Safe in a signal handler.
  package func interrupt() {
    var octet: UInt8 = 0
    // Safe: one octet is written, and there is one. A full pipe is readable already.
    unsafe _ = write(writingEnd, &octet, 1)
  }
}
