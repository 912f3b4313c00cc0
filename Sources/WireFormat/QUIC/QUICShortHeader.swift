/// The short header of a QUIC packet: one octet that is not protected.
///
///     Header Form (1) = 0, Fixed Bit (1) = 1, …          RFC 9000, section 17.3.1
///     Destination Connection ID (0..160)                 its length is known to the peers only
///
/// Nothing in it can be checked, so it is told only on a flow on which a long header was read.
package enum QUICShortHeader {
  /// The shortest packet whose header protection can be sampled, in octets (RFC 9001, section
  /// 5.4.2), with a connection ID of zero octets and a packet number of one.
  package static let minimumByteCount = 1 + 4 + 16

  /// Whether a packet that begins at `offset` can be one with a short header.
  @inlinable
  package static func canBegin(at offset: Int, in datagram: RawSpan) -> Bool {
    guard let first = datagram.octet(at: offset) else { return false }
    return first & 0xc0 == 0x40 && datagram.byteCount - offset >= 21
  }
}
