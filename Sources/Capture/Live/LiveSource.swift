import Glibc

/// Who takes frames from the kernel for a ``LiveInterface``, whose words these are.
protocol LiveSource: AnyObject {
  var linkType: UInt32 { get }
  var hasNanoseconds: Bool { get }
  var warnings: [String] { get set }
  var means: String { get }

  /// Adds the frames that have arrived to an empty batch.
  func fill(
    _ batch: inout FrameBatch, timeoutMilliseconds: Int
  ) throws(CaptureError) -> Bool

  func statistics() throws(CaptureError) -> LiveStatistics
}

/// What a wait for frames ended with.
enum Waited {
  case interrupted
  /// There may be frames.
  case ready
  /// Nothing has come, or a signal.
  case quiet
  /// The socket has an error to tell.
  case failed
}

extension Interrupter {
  /// Waits until a descriptor can be read, or the interruption.
  ///
  /// - Parameter descriptor: nil to ask only whether there was an interruption.
  func wait(
    for descriptor: Int32?, milliseconds: Int, interface: String
  ) throws(CaptureError) -> Waited {
    var waited = (
      pollfd(fd: self.descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: descriptor ?? -1, events: Int16(POLLIN), revents: 0)
    )
    // Safe: the tuple is two structures in a row, as an array of two; poll leaves negative descriptors out.
    let result = unsafe withUnsafeMutableBytes(of: &waited) { octets in
      unsafe poll(
        octets.baseAddress?.assumingMemoryBound(to: pollfd.self), 2, Int32(clamping: milliseconds))
    }
    if result < 0, errno != EINTR {
      throw CaptureError(.liveCapture, path: interface, detail: systemText(errno))
    }
    guard result > 0 else { return .quiet }
    if waited.0.revents != 0 { return .interrupted }
    return Int32(waited.1.revents) & POLLIN != 0 ? .ready : .failed
  }
}
