import WireFormat

extension RawSpan {
  /// A hash of the octets under a seed that senders do not know: the mixing of ``FlowKey`` over words of
  /// eight octets. Upper-case letters count as lower-case ones (RFC 4343).
  package func hash(seed: UInt64) -> UInt64 {
    var state = seed ^ UInt64(truncatingIfNeeded: byteCount)
    var word: UInt64 = 0
    for offset in 0..<byteCount {
      var octet = self.octet(at: offset) ?? 0
      if octet >= 0x41, octet <= 0x5a { octet |= 0x20 }
      word = word << 8 | UInt64(octet)
      if offset & 7 == 7 {
        state = FlowKey.mix(state ^ word, 0x9e37_79b9_7f4a_7c15)
        word = 0
      }
    }
    return FlowKey.mix(state ^ word, 0xbf58_476d_1ce4_e5b9)
  }
}
