/// What became of the frames of a live interface since it was opened; totals that only grow.
package struct LiveStatistics: Equatable, Sendable {
  /// Frames that passed the filter, those dropped by the kernel among them.
  package var received: UInt64 = 0
  /// Frames that passed the filter and found the kernel's buffer full.
  package var droppedByKernel: UInt64 = 0
  /// Frames that the interface or its driver dropped.
  package var droppedByInterface: UInt64 = 0

  package init() {}

  /// What was added since `earlier`.
  package func since(_ earlier: LiveStatistics) -> LiveStatistics {
    var difference = LiveStatistics()
    difference.received = received &- earlier.received
    difference.droppedByKernel = droppedByKernel &- earlier.droppedByKernel
    difference.droppedByInterface = droppedByInterface &- earlier.droppedByInterface
    return difference
  }
}
