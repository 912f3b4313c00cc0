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
/// Google's Q044 to Q048 have both lengths of connection IDs in one octet, each as 0 or 3 less than the length, and
/// neither token nor length; the packet number, of 4 octets before Q046, is not protected.
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
  /// - Parameter assumed: the version it is read as, whatever it says; by default what it says.
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` when a length runs past the
  ///   datagram; ``WireError/invalid(_:offset:)`` with `quicHeaderForm` for a short header,
  ///   `quicConnectionIDLength` for more than 20 octets where the version is known.
  package init(
    parsing datagram: RawSpan, at start: Int = 0, as assumed: QUICVersion? = nil
  ) throws(WireError) {
    guard start >= 0, start <= datagram.byteCount else {
      throw .truncated(offset: start, needed: 1, available: 0)
    }
    var reader = ByteReader(datagram, from: start, to: datagram.byteCount)
    let first = try reader.readUInt8()
    guard first & 0x80 != 0 else { throw .invalid(.quicHeaderForm, offset: start) }
    let stated = QUICVersion(number: try reader.readUInt32())
    let version = assumed ?? stated
    self.start = start
    self.version = version
    hasFixedBit = first & 0x40 != 0
    type = Self.type(of: first, version)
    if case .googleCrypto(44...48) = version {
      let lengths = try reader.readUInt8()
      destinationConnectionID = try Self.connectionID(&reader, nibble: lengths >> 4)
      sourceConnectionID = try Self.connectionID(&reader, nibble: lengths & 0x0f)
      token = reader.offset..<reader.offset
      packetNumberOffset = reader.offset
      end = datagram.byteCount
      return
    }
    let limit = version.isReadable || version.isInTheClear ? 20 : 255
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
  /// end of the datagram and before a short header. Zeros, with which some pad, are passed over.
  package func nextPacketOffset(in datagram: RawSpan) -> Int? {
    var offset = end
    while datagram.octet(at: offset) == 0 { offset += 1 }
    return Self.begins(at: offset, in: datagram) ? offset : nil
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

  private static func connectionID(
    _ reader: inout ByteReader, nibble: UInt8
  ) throws(WireError) -> Range<Int> {
    let start = reader.offset
    try reader.skip(nibble == 0 ? 0 : Int(nibble) + 3)
    return start..<reader.offset
  }

  /// The two type bits: RFC 9000, section 17.2, table 5, and RFC 9369, section 3.2.
  private static func type(of first: UInt8, _ version: QUICVersion) -> PacketType {
    let bits = first >> 4 & 3
    switch version {
    case .negotiation: return .versionNegotiation
    case .unknown: return .unknown
    case .googleCrypto(44...45):
      // As in the drafts before -17: a type of seven bits.
      return first == 0xff
        ? .initial : first == 0xfc ? .zeroRTT : first == 0xfd ? .handshake : .retry
    case .v1, .draft, .google, .googleCrypto:
      return bits == 0 ? .initial : bits == 1 ? .zeroRTT : bits == 2 ? .handshake : .retry
    case .v2, .v2Draft:
      return bits == 1 ? .initial : bits == 2 ? .zeroRTT : bits == 3 ? .handshake : .retry
    }
  }
}
