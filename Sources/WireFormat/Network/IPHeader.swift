/// The network layer of one packet: an IPv4 header, or an IPv6 header with its extension headers walked.
///
/// IPv4 (RFC 791, section 3.1) with options skipped; IPv6 (RFC 8200); in both, the headers before the transport header
/// are skipped as ``ExtensionHeaders`` says, at most 16 of them.
///
/// A total length of zero is a segmentation-offload super-packet: the captured length stands in. Octets past the
/// total length are link padding and left out.
@frozen
@usableFromInline
package struct IPHeader: Sendable {
  @usableFromInline package var source: IPAddress
  @usableFromInline package var destination: IPAddress
  /// IANA protocol number of what follows: 6 TCP, 17 UDP.
  @usableFromInline package var transportProtocol: UInt8
  /// Hop limit, in IPv4 time to live.
  @usableFromInline package var hopLimit: UInt8
  /// Octets of the whole packet as sent, header included; what volume counts.
  @usableFromInline package var totalLength: Int
  /// Octets from the start of the IP header to the transport header.
  @usableFromInline package var headerLength: Int
  /// Octets from the start of the IP header to the last one captured (or to the end of the packet).
  @usableFromInline package var capturedEnd: Int
  @usableFromInline package var fragment: Fragment?

  /// The position of a fragment in its datagram.
  @frozen
  @usableFromInline
  package struct Fragment: Sendable {
    /// 16 bits in IPv4, 32 in IPv6.
    @usableFromInline package var identification: UInt32
    /// Octets.
    @usableFromInline package var offset: Int
    @usableFromInline package var moreFollow: Bool

    @inlinable
    init(identification: UInt32, offset: Int, moreFollow: Bool) {
      self.identification = identification
      self.offset = offset
      self.moreFollow = moreFollow
    }
  }

  /// - Parameter packet: from the first octet of the IP header to the end of what was captured.
  /// - Parameter originalLength: octets of the packet on the wire as the capture states them, padding included.
  @inlinable
  package init(parsing packet: RawSpan, originalLength: Int) throws(WireError) {
    guard let first = packet.octet(at: 0) else {
      throw .truncated(offset: 0, needed: 1, available: 0)
    }
    var reader = ByteReader(packet)
    switch first >> 4 {
    case 4: try self.init(v4: &reader, originalLength: originalLength)
    case 6: try self.init(v6: &reader, originalLength: originalLength)
    default: throw .invalid(.ipVersion, offset: 0)
    }
  }

  /// An IPv4 packet without options that is whole and no super-packet, which most packets are; nil where that is not so,
  /// and ``init(parsing:originalLength:)`` then says what it is. Inlined, so that no header is written to memory.
  @inlinable
  @inline(__always)
  package init?(plainV4 packet: RawSpan) {
    var reader = ByteReader(packet)
    guard let first = try? reader.readUInt64(), let second = try? reader.readUInt64(),
      let third = try? reader.readUInt32(), first >> 56 == 0x45, first & 0x3fff == 0
    else { return nil }
    let total = Int(first >> 32 & 0xffff)
    let next = UInt8(truncatingIfNeeded: second >> 48)
    guard total >= 20, next != 51 else { return nil }
    source = IPAddress(v4: UInt32(truncatingIfNeeded: second))
    destination = IPAddress(v4: third)
    transportProtocol = next
    hopLimit = UInt8(truncatingIfNeeded: second >> 56)
    totalLength = total
    headerLength = 20
    capturedEnd = min(packet.byteCount, total)
    fragment = nil
  }

  @inlinable
  init(v4 reader: inout ByteReader, originalLength: Int) throws(WireError) {
    let captured = reader.remaining
    // Few wide reads rather than one for each field: this is done for every packet.
    let first = try reader.readUInt64()
    let second = try reader.readUInt64()
    destination = IPAddress(v4: try reader.readUInt32())
    source = IPAddress(v4: UInt32(truncatingIfNeeded: second))
    let length = Int(first >> 56 & 15) * 4
    guard length >= 20 else { throw .invalid(.ipHeaderLength, offset: 0) }
    var total = Int(first >> 32 & 0xffff)
    if total == 0 { total = max(originalLength, captured) }
    guard total >= length else { throw .invalid(.ipTotalLength, offset: 2) }
    let identification = UInt16(truncatingIfNeeded: first >> 16)
    let flags = UInt16(truncatingIfNeeded: first)
    hopLimit = UInt8(truncatingIfNeeded: second >> 56)
    transportProtocol = UInt8(truncatingIfNeeded: second >> 48)
    try reader.skip(length - 20)
    headerLength = length
    totalLength = total
    capturedEnd = min(captured, total)
    if flags & 0x3fff != 0 {
      fragment = Fragment(
        identification: UInt32(identification), offset: Int(flags & 0x1fff) * 8,
        moreFollow: flags & 0x2000 != 0)
    } else {
      fragment = nil
      if transportProtocol == 51 { try skipAuthentication(&reader) }
    }
  }

  /// The header that may stand before the transport header in IPv4 too (RFC 4302).
  @usableFromInline
  @_lifetime(reader: copy reader)
  mutating func skipAuthentication(_ reader: inout ByteReader) throws(WireError) {
    transportProtocol = try ExtensionHeaders(51, isIPv6: false, &reader).next
    headerLength = reader.offset
    guard totalLength >= headerLength else { throw .invalid(.ipTotalLength, offset: 2) }
  }

  @usableFromInline
  init(v6 reader: inout ByteReader, originalLength: Int) throws(WireError) {
    let captured = reader.remaining
    let first = try reader.readUInt64()
    let payload = Int(first >> 16 & 0xffff)
    let next = UInt8(truncatingIfNeeded: first >> 8)
    hopLimit = UInt8(truncatingIfNeeded: first)
    source = IPAddress(high: try reader.readUInt64(), low: try reader.readUInt64())
    destination = IPAddress(high: try reader.readUInt64(), low: try reader.readUInt64())
    // Zero is a jumbogram (RFC 2675) or an offload super-packet: believe the capture.
    totalLength = payload == 0 ? max(originalLength, captured) : payload + 40
    let extensions = try ExtensionHeaders(next, isIPv6: true, &reader)
    fragment = extensions.fragment
    transportProtocol = extensions.next
    headerLength = reader.offset
    capturedEnd = min(captured, totalLength)
    guard totalLength >= headerLength else { throw .invalid(.ipTotalLength, offset: 4) }
  }
}
