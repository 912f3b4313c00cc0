/// The long header of a QUIC packet, as far as it is not protected.
///
///     Header Form (1) = 1, Fixed Bit (1), Long Packet Type (2), protected (4)   RFC 9000, section 17.2
///     Version (32)
///     Destination Connection ID Length (8), Destination Connection ID (0..160)
///     Source Connection ID Length (8), Source Connection ID (0..160)
///     Token Length (i), Token (..)                                              Initial only
///     Length (i)                                                                not in Retry
///     Packet Number (8..32), Packet Payload (..)                                protected
///
/// Of a version that is not known only what all versions share is read (RFC 8999): connection IDs
/// of up to 255 octets, nothing after them. Ranges count octets of the datagram.
@usableFromInline
package struct QUICLongHeader: Equatable, Sendable {
  package enum PacketType: Sendable {
    case initial, zeroRTT, handshake, retry, versionNegotiation
    /// Of a version that is not known.
    case unknown
  }

  package let version: QUICVersion
  package let type: PacketType
  /// Zero from a peer that greases the bit (RFC 9287), and in what is no QUIC.
  package let hasFixedBit: Bool
  /// Where the packet's first octet lies.
  package let start: Int
  package let destinationConnectionID: Range<Int>
  package let sourceConnectionID: Range<Int>
  /// An Initial's token, empty without one and in other packets.
  package let token: Range<Int>
  /// Where the protected packet number begins; the end of the header where there is none.
  package let packetNumberOffset: Int
  /// Where the packet ends: the next coalesced packet begins here, or the datagram ends.
  package let end: Int

  /// Whether the octet at `offset` begins a long header; a cheap question before the rest.
  @inlinable
  package static func begins(at offset: Int, in datagram: RawSpan) -> Bool {
    datagram.octet(at: offset).map { $0 & 0x80 != 0 } ?? false
  }

  /// Reads the packet that begins at `start`.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` when a length runs past the
  ///   datagram; ``WireError/invalid(_:offset:)`` with `quicHeaderForm` for a short header,
  ///   `quicConnectionIDLength` for more than 20 octets where the version is known.
  package init(parsing datagram: RawSpan, at start: Int = 0) throws(WireError) {
    guard start >= 0, start <= datagram.byteCount else {
      throw .truncated(offset: start, needed: 1, available: 0)
    }
    var reader = ByteReader(datagram, from: start, to: datagram.byteCount)
    let first = try reader.readUInt8()
    guard first & 0x80 != 0 else { throw .invalid(.quicHeaderForm, offset: start) }
    let version = QUICVersion(number: try reader.readUInt32())
    self.start = start
    self.version = version
    hasFixedBit = first & 0x40 != 0
    type = Self.type(of: first, version)
    let limit = version.isReadable ? 20 : 255
    destinationConnectionID = try Self.connectionID(&reader, limit: limit)
    sourceConnectionID = try Self.connectionID(&reader, limit: limit)

    var token = reader.offset..<reader.offset
    if type == .initial {
      let length = try reader.readVariableLength()
      token = reader.offset..<reader.offset + length
      try reader.skip(length)
    }
    self.token = token
    switch type {
    case .initial, .zeroRTT, .handshake:
      let length = try reader.readVariableLength()
      packetNumberOffset = reader.offset
      end = reader.offset + length
    case .retry, .versionNegotiation, .unknown:
      packetNumberOffset = reader.offset
      end = datagram.byteCount
    }
  }

  /// Where the next coalesced packet with a long header begins (RFC 9000, section 12.2); nil at the
  /// end of the datagram, before a short header and before padding.
  package func nextPacketOffset(in datagram: RawSpan) -> Int? {
    Self.begins(at: end, in: datagram) ? end : nil
  }

  private static func connectionID(
    _ reader: inout ByteReader, limit: Int
  ) throws(WireError) -> Range<Int> {
    let lengthOffset = reader.offset
    let length = Int(try reader.readUInt8())
    guard length <= limit else { throw .invalid(.quicConnectionIDLength, offset: lengthOffset) }
    let start = reader.offset
    try reader.skip(length)
    return start..<start + length
  }

  /// The two type bits: RFC 9000, section 17.2, table 5, and RFC 9369, section 3.2.
  private static func type(of first: UInt8, _ version: QUICVersion) -> PacketType {
    let bits = first >> 4 & 3
    switch version {
    case .negotiation: return .versionNegotiation
    case .unknown: return .unknown
    case .v1, .draft, .google:
      return bits == 0 ? .initial : bits == 1 ? .zeroRTT : bits == 2 ? .handshake : .retry
    case .v2:
      return bits == 1 ? .initial : bits == 2 ? .zeroRTT : bits == 3 ? .handshake : .retry
    }
  }
}
