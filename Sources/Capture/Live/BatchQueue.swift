import CPacket
import Glibc
import Synchronization

/// Batches on their way from the threads that fill them to the one that reads them: so many and no more.
///
/// A batch changes hands by being exchanged for an empty one; nothing is copied or allocated.
final class BatchQueue: Sendable {
  /// What of it has room; counts in the kernel, so that one can wait for it beside something else.
  private struct Places: ~Copyable {
    let descriptor: Int32

    init(_ count: Int, interface: String) throws(CaptureError) {
      descriptor = eventfd(
        UInt32(clamping: count),
        Int32(EFD_CLOEXEC | EFD_SEMAPHORE | EFD_NONBLOCK))
      guard descriptor >= 0 else {
        throw CaptureError(.liveCapture, path: interface, detail: systemText(errno))
      }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Takes one; false where there is none.
    func take() -> Bool {
      var count: UInt64 = 0
      // Safe: eight octets are written, and there are eight.
      return unsafe read(descriptor, &count, 8) == 8
    }

    func give() {
      var count: UInt64 = 1
      // Safe: eight octets are read, and there are eight. So many were never taken that it could overflow.
      unsafe _ = write(descriptor, &count, 8)
    }
  }

  private final class Slot: Sendable {
    let batch = Mutex(FrameBatch())
  }

  private struct State {
    var empty: [Slot]
    var full: [Slot] = []
    var failure: CaptureError?
  }

  private let empty: Places
  private let full: Places
  private let state: Mutex<State>

  init(capacity: Int, interface: String) throws(CaptureError) {
    empty = try Places(capacity, interface: interface)
    full = try Places(0, interface: interface)
    state = Mutex(State(empty: (0..<capacity).map { _ in Slot() }))
  }

  /// Readable while there is a batch to take, or a failure.
  var descriptor: Int32 { full.descriptor }

  /// Hands over the frames of a batch, for which it gets an empty one; waits while there is no place.
  ///
  /// - Returns: false where `stop` ended the wait.
  func put(
    _ batch: inout FrameBatch, stop: Interrupter, interface: String
  ) throws(CaptureError) -> Bool {
    while !empty.take() {
      let waited = try stop.wait(
        for: empty.descriptor, milliseconds: 10_000, interface: interface)
      if waited == .interrupted { return false }
    }
    guard let slot = state.withLock({ $0.empty.popLast() }) else { return true }
    slot.batch.withLock { swap(&$0, &batch) }
    state.withLock { $0.full.append(slot) }
    full.give()
    return true
  }

  /// Ends the queue with a failure, which ``take(into:)`` throws after what was put before it.
  func fail(_ error: CaptureError) {
    state.withLock { $0.failure = $0.failure ?? error }
    full.give()
  }

  /// Exchanges an empty batch for the one that has waited longest, if there is one.
  func take(into batch: inout FrameBatch) throws(CaptureError) -> Bool {
    guard full.take() else { return false }
    let (slot, failure) = state.withLock { state in
      state.full.isEmpty ? (nil, state.failure) : (state.full.removeFirst(), nil)
    }
    guard let slot else {
      if let failure { throw failure }
      return false
    }
    slot.batch.withLock { swap(&$0, &batch) }
    state.withLock { $0.empty.append(slot) }
    empty.give()
    return true
  }
}
