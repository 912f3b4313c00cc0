/// What a capture file held, and what of it could not be delivered.
package struct CaptureCounters: Equatable, Sendable {
  /// Frames delivered.
  package var frames = 0
  /// Frames of no octets: padding, or the preallocated end of a file that a crash left behind.
  package var emptyFrames = 0
  /// Frames left out although reading could go on: too long, longer than their block, of no
  /// described interface.
  package var skippedFrames = 0
  /// Blocks that hold no frames and no counters, passed over.
  package var otherBlocks = 0
  /// Frames that interfaces dropped, as the capture itself says (`isb_ifdrop`).
  package var droppedByInterface: UInt64 = 0
  /// Frames that the operating system dropped, as the capture itself says (`isb_osdrop`).
  package var droppedByKernel: UInt64 = 0

  package init() {}

  /// All frames seen so far, delivered or not.
  package var seen: Int { frames + emptyFrames + skippedFrames }
}

extension CaptureCounters {
  /// Adds what a counter that runs from the start of the capture has gained.
  mutating func addDrops(
    _ counter: WritableKeyPath<CaptureCounters, UInt64>, from earlier: UInt64, to total: UInt64
  ) {
    guard total > earlier else { return }
    let (sum, overflow) = self[keyPath: counter].addingReportingOverflow(total - earlier)
    self[keyPath: counter] = overflow ? .max : sum
  }
}
