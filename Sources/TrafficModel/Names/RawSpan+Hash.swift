import WireFormat

extension RawSpan {
  /// A hash of the octets under a seed that senders do not know: the mixing of ``FlowKey`` over words of
  /// eight octets. Upper-case letters count as lower-case ones (RFC 4343).
  package func hash(seed: UInt64) -> UInt64 {
    let count = byteCount
    var state = seed ^ UInt64(truncatingIfNeeded: count)
    var offset = 0
    while count &- offset >= 8 {
      state = FlowKey.mix(state ^ nameWord(offset, count), 0x9e37_79b9_7f4a_7c15)
      offset &+= 8
    }
    return FlowKey.mix(state ^ nameWord(offset, count), 0xbf58_476d_1ce4_e5b9)
  }
}
