import WireFormat

extension Turn.Burst {
  mutating func add(_ octets: Int) {
    byteCount += octets
    recordCount += 1
  }
}

extension Turn {
  mutating func request(_ octets: Int) {
    upstream.add(octets)
    if upstreamSizes.count < Self.maximumUpstreamSizes {
      upstreamSizes.append(UInt16(clamping: octets))
    }
  }

  /// Takes in a turn that cannot be told apart from this one.
  mutating func absorb(_ other: Turn, keepsSizes: Bool) {
    upstream.byteCount += other.upstream.byteCount
    upstream.recordCount += other.upstream.recordCount
    upstreamSizes += other.upstreamSizes.prefix(
      max(0, Self.maximumUpstreamSizes - upstreamSizes.count))
    downstream.byteCount += other.downstream.byteCount
    downstream.recordCount += other.downstream.recordCount
    if keepsSizes {
      downstreamSizes += other.downstreamSizes.prefix(
        max(0, Self.maximumRecordSizes - downstreamSizes.count))
    }
    requestCount += other.requestCount
    if firstResponse == nil { firstResponse = other.firstResponse }
    end = max(end, other.end)
  }

  mutating func respond(_ octets: Int, at now: Timestamp, keepsSize: Bool) {
    downstream.add(octets)
    if firstResponse == nil { firstResponse = now }
    end = max(end, now)
    if keepsSize, downstreamSizes.count < Self.maximumRecordSizes {
      downstreamSizes.append(UInt16(clamping: octets))
    }
  }
}
