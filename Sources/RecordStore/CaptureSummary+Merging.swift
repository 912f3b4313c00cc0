extension CaptureSummary {
  /// This summary and another of the same sensor as one: every count added, the time widened.
  package func merged(with other: CaptureSummary) -> CaptureSummary {
    var sum = self
    sum.windowStart = min(windowStart, other.windowStart)
    sum.windowEnd = max(windowEnd, other.windowEnd)
    for count in Self.counts {
      sum[keyPath: count].addSaturating(other[keyPath: count])
    }
    sum.counters.merge(other.counters) { $0.addingSaturating($1) }
    return sum
  }

  /// Every count that adds up.
  private static var counts: [WritableKeyPath<CaptureSummary, Int>] {
    [
      \.packets, \.bytes, \.droppedPackets, \.truncatedPackets, \.malformedPackets,
      \.flowsBySNI, \.flowsByQUIC, \.flowsByHTTP, \.flowsByDNS, \.flowsByAddress, \.flowsUnnamed,
      \.flowsMatched, \.flowsWithECH, \.encryptedDNSFlows,
    ]
  }
}
