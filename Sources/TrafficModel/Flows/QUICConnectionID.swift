import WireFormat

/// A connection ID of up to 20 octets (RFC 9000, section 5.1), kept after its packet is gone.
struct QUICConnectionID: Equatable {
  private var words: InlineArray<3, UInt64> = [0, 0, 0]
  private(set) var byteCount: Int

  /// - Returns: nil for more than 20 octets.
  init?(_ octets: RawSpan) {
    guard octets.byteCount <= 20 else { return nil }
    byteCount = octets.byteCount
    for index in 0..<octets.byteCount {
      words[index / 8] = words[index / 8] << 8 | UInt64(octets.octet(at: index) ?? 0)
    }
  }

  static func == (one: QUICConnectionID, other: QUICConnectionID) -> Bool {
    one.byteCount == other.byteCount && one.words[0] == other.words[0]
      && one.words[1] == other.words[1] && one.words[2] == other.words[2]
  }

  /// 32 bits of it, mixed under a seed; never zero.
  func hash(seed: UInt64) -> UInt32 {
    let first = FlowKey.mix(words[0] ^ seed, words[1] ^ FlowKey.secret(seed))
    let second = FlowKey.mix(words[2] ^ first, UInt64(byteCount) ^ 0xbf58_476d_1ce4_e5b9)
    return UInt32(truncatingIfNeeded: second) | 1
  }

  /// Its octets, as keys are derived from.
  func withOctets<Result>(_ body: (RawSpan) -> Result) -> Result {
    var octets = InlineArray<20, UInt8>(repeating: 0)
    for index in 0..<byteCount {
      let last = min(byteCount - index / 8 * 8, 8) - 1
      octets[index] = UInt8(truncatingIfNeeded: words[index / 8] >> UInt64(8 * (last - index % 8)))
    }
    // Safe: octets have no padding that `bytes` could show.
    return body(unsafe octets.span.bytes.extracting(first: byteCount))
  }
}
