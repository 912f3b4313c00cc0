/// The transport layer of one packet: TCP (RFC 9293, section 3.1) or UDP (RFC 768), as flat values.
///
///     TCP   source 2, destination 2, sequence 4, acknowledgement 4, offset+flags 2, window 2, checksum 2, urgent 2, options
///     UDP   source 2, destination 2, length 2, checksum 2
@frozen
@usableFromInline
package struct TransportHeader: Sendable {
  @usableFromInline package var sourcePort: UInt16
  @usableFromInline package var destinationPort: UInt16
  /// Octets of the header.
  @usableFromInline package var headerLength: Int
  /// Octets of payload as sent, not as captured.
  @usableFromInline package var payloadLength: Int
  /// TCP only; zero for UDP.
  @usableFromInline package var sequence: UInt32 = 0
  @usableFromInline package var acknowledgement: UInt32 = 0
  @usableFromInline package var flags: TCPFlags = []

  /// A header that was read before. Its own length is not known any more, and zero.
  @inlinable
  package init(
    sourcePort: UInt16, destinationPort: UInt16, payloadLength: Int, sequence: UInt32,
    acknowledgement: UInt32, flags: TCPFlags
  ) {
    (self.sourcePort, self.destinationPort) = (sourcePort, destinationPort)
    (headerLength, self.payloadLength) = (0, payloadLength)
    (self.sequence, self.acknowledgement, self.flags) = (sequence, acknowledgement, flags)
  }

  /// - Parameter segment: from the first octet of the transport header to the last captured.
  /// - Parameter length: octets of header and payload as sent (IP total length less the IP headers).
  @inlinable
  @inline(__always)
  package init(tcp segment: RawSpan, length: Int) throws(WireError) {
    var reader = ByteReader(segment)
    let first = try reader.readUInt64()
    sourcePort = UInt16(truncatingIfNeeded: first >> 48)
    destinationPort = UInt16(truncatingIfNeeded: first >> 32)
    sequence = UInt32(truncatingIfNeeded: first)
    acknowledgement = try reader.readUInt32()
    let offsetAndFlags = try reader.readUInt16()
    headerLength = Int(offsetAndFlags >> 12) * 4
    flags = TCPFlags(rawValue: UInt8(truncatingIfNeeded: offsetAndFlags))
    guard headerLength >= 20, headerLength <= length else {
      throw .invalid(.tcpDataOffset, offset: 12)
    }
    payloadLength = length - headerLength
  }

  /// A length of zero is an offload super-packet; one below eight is malformed.
  @inlinable
  package init(udp datagram: RawSpan, length: Int) throws(WireError) {
    var reader = ByteReader(datagram)
    let header = try reader.readUInt64()
    sourcePort = UInt16(truncatingIfNeeded: header >> 48)
    destinationPort = UInt16(truncatingIfNeeded: header >> 32)
    var stated = Int(header >> 16 & 0xffff)
    if stated == 0 { stated = length }
    guard stated >= 8 else { throw .invalid(.udpLength, offset: 4) }
    headerLength = 8
    payloadLength = min(stated, max(length, 8)) - 8
  }
}

/// The control bits of a TCP header (RFC 9293, section 3.1; RFC 3168).
@frozen
@usableFromInline
package struct TCPFlags: OptionSet, Sendable {
  @usableFromInline package let rawValue: UInt8
  @inlinable package init(rawValue: UInt8) { self.rawValue = rawValue }

  @inlinable package static var fin: TCPFlags { TCPFlags(rawValue: 1) }
  @inlinable package static var syn: TCPFlags { TCPFlags(rawValue: 2) }
  @inlinable package static var rst: TCPFlags { TCPFlags(rawValue: 4) }
  @inlinable package static var psh: TCPFlags { TCPFlags(rawValue: 8) }
  @inlinable package static var ack: TCPFlags { TCPFlags(rawValue: 16) }

  /// FIN, SYN or RST is set.
  @inlinable package var changeConnection: Bool { rawValue & 7 != 0 }
}
