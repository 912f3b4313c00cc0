import WireFormat

/// The start of a QUIC CRYPTO stream, put together from frames in any order (RFC 9000, section 19.6).
///
/// The first octet to arrive for an offset stays. At most 64 KiB and 128 separate stretches are kept. A piece costs at
/// most its own octets, a search and a move among the stretches; nothing is allocated but room for the octets.
struct CryptoStream {
  private var octets: [UInt8] = []
  /// Stretches that have arrived, in order, not touching.
  private var stretches: [Range<Int>] = []
  /// Octets copied, and stretches looked at or moved, so far.
  private(set) var workCount = 0

  static let maximumOctets = 65_540
  static let maximumStretches = 128
  /// What ``workCount`` may grow by with one piece, besides the octets of the piece.
  static let maximumWorkPerPiece = 8 + 2 * maximumStretches

  /// Octets from the start without a hole.
  var prefixCount: Int {
    guard let first = stretches.first, first.lowerBound == 0 else { return 0 }
    return first.upperBound
  }

  /// The octets; those past ``prefixCount`` may be holes.
  var bytes: [UInt8] { octets }
  /// Where the octets so far end, holes among them.
  var extent: Int { octets.count }
  /// Memory that the octets and the stretches take.
  var heldByteCount: Int {
    octets.capacity + MemoryLayout<Range<Int>>.stride * stretches.capacity
  }

  /// - Returns: false when the frame was refused.
  mutating func insert(_ data: RawSpan, at offset: Int) -> Bool {
    guard offset >= 0, data.byteCount <= Self.maximumOctets,
      offset <= Self.maximumOctets - data.byteCount, data.byteCount > 0
    else { return data.byteCount == 0 }
    let end = offset + data.byteCount
    let first = firstStretch(endingAtOrAfter: offset)
    var last = first
    while last < stretches.count, stretches[last].lowerBound <= end { last += 1 }
    workCount += last - first
    if first == last, stretches.count >= Self.maximumStretches { return false }
    if octets.count < end {
      octets += [UInt8](repeating: 0, count: end - octets.count)
    }
    // Fill only what is new.
    var next = offset
    for index in first..<last {
      copy(data, offset: offset, to: next, until: min(stretches[index].lowerBound, end))
      next = max(next, stretches[index].upperBound)
    }
    copy(data, offset: offset, to: next, until: end)

    workCount += stretches.count - first
    if first == last {
      stretches.insert(offset..<end, at: first)
    } else {
      let lower = min(offset, stretches[first].lowerBound)
      stretches[first] = lower..<max(end, stretches[last - 1].upperBound)
      stretches.removeSubrange(first + 1..<last)
    }
    return true
  }

  /// The place of the first stretch that reaches `offset`, or touches it, or lies behind it.
  private mutating func firstStretch(endingAtOrAfter offset: Int) -> Int {
    var (low, high) = (0, stretches.count)
    while low < high {
      workCount += 1
      let middle = (low + high) / 2
      if stretches[middle].upperBound < offset { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private mutating func copy(_ data: RawSpan, offset: Int, to start: Int, until end: Int) {
    guard start < end else { return }
    workCount += end - start
    for index in start..<end {
      if let octet = data.octet(at: index - offset) { octets[index] = octet }
    }
  }
}
