import WireFormat

/// The start of a QUIC CRYPTO stream, put together from frames in any order (RFC 9000, section 19.6).
///
/// The first octet to arrive for an offset stays. At most 64 KiB and 128 separate stretches are kept.
struct CryptoStream {
  private var octets: [UInt8] = []
  /// Stretches that have arrived, in order, not touching.
  private var stretches: [Range<Int>] = []

  static let maximumOctets = 65_540
  static let maximumStretches = 128

  /// Octets from the start without a hole.
  var prefixCount: Int {
    guard let first = stretches.first, first.lowerBound == 0 else { return 0 }
    return first.upperBound
  }

  /// The octets; those past ``prefixCount`` may be holes.
  var bytes: [UInt8] { octets }

  /// - Returns: false when the frame was refused.
  mutating func insert(_ data: RawSpan, at offset: Int) -> Bool {
    guard offset >= 0, data.byteCount <= Self.maximumOctets,
      offset <= Self.maximumOctets - data.byteCount, data.byteCount > 0
    else { return data.byteCount == 0 }
    let range = offset..<offset + data.byteCount
    if octets.count < range.upperBound {
      octets.append(contentsOf: repeatElement(0, count: range.upperBound - octets.count))
    }
    var merged = range
    var kept: [Range<Int>] = []
    kept.reserveCapacity(stretches.count + 1)
    var index = offset
    for stretch in stretches {
      if stretch.upperBound < merged.lowerBound || stretch.lowerBound > merged.upperBound {
        kept.append(stretch)
        continue
      }
      // Fill only what is new.
      copy(data, offset: offset, to: index..<max(index, min(range.upperBound, stretch.lowerBound)))
      index = max(index, stretch.upperBound)
      merged =
        min(merged.lowerBound, stretch.lowerBound)..<max(merged.upperBound, stretch.upperBound)
    }
    copy(data, offset: offset, to: min(index, range.upperBound)..<range.upperBound)
    guard kept.count < Self.maximumStretches else { return false }
    let position = kept.firstIndex { $0.lowerBound > merged.lowerBound } ?? kept.count
    kept.insert(merged, at: position)
    stretches = kept
    return true
  }

  private mutating func copy(_ data: RawSpan, offset: Int, to range: Range<Int>) {
    for index in range where index >= offset {
      if let octet = data.octet(at: index - offset) { octets[index] = octet }
    }
  }
}
