/// A packet of Google's QUIC whose frames are in the clear, as a client's hello is before Q050.
///
///     Public Flags (8)             1 version, 2 reset, 4 nonce, 8 connection ID,    Q012 to Q043
///                                  0x30 length of the number: 1, 2, 4 or 6 octets
///     Connection ID (64)
///     Version (32)                 "Q0" and two digits; in the client's packets until the server has answered
///     Packet Number (8..48)
///     Message Authentication Hash (96)
///     Private Flags (8)            before Q034: 2 an octet follows, 4 no frames
///     Frames (..)
///
///     Long Header (..)             see ``QUICLongHeader``                           Q044 to Q049
///     Packet Number (8..32)
///     Message Authentication Hash (96)
///     Frames (..)
///
/// The hash (FNV-1a, 128 bits, cut to 96) is not checked: a capture that cut the packet has no longer
/// what it is made over, and whoever writes it needs no secret. What tells such a packet is that its
/// frames hold a ``GoogleClientHello``.
package struct GooglePacket: Equatable, Sendable {
  /// The number of the version: 43 of Q043.
  package let version: UInt8
  package let connectionID: Range<Int>
  /// Octets of the packet number, by which frames count too.
  package let packetNumberByteCount: Int
  /// Where the frames lie in the datagram.
  package let frames: Range<Int>

  /// Octets of the message authentication hash.
  static let hashByteCount = 12

  /// Whether a datagram begins as a client's packet of Q012 to Q043 that states its version; a few
  /// comparisons.
  package static func begins(_ datagram: RawSpan) -> Bool {
    guard let flags = datagram.octet(at: 0), flags & 0x8b == 0x09 else { return false }
    return statedVersion(datagram) != nil
  }

  /// - Parameter version: of the connection, for packets that state none.
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` when the datagram ends before the frames;
  ///   ``WireError/invalid(_:offset:)`` with `quicHeaderForm` for a reset, a packet without a connection ID, one
  ///   without frames, or one that is no client's handshake; `quicVersion` where neither packet nor caller
  ///   knows one of these versions.
  package init(parsing datagram: RawSpan, version known: UInt8? = nil) throws(WireError) {
    if QUICLongHeader.begins(at: 0, in: datagram) {
      try self.init(longHeader: QUICLongHeader(parsing: datagram), in: datagram)
    } else {
      try self.init(publicHeader: datagram, version: known)
    }
  }

  private init(publicHeader datagram: RawSpan, version known: UInt8?) throws(WireError) {
    var reader = ByteReader(datagram)
    let flags = try reader.readUInt8()
    // A server's nonce (4, where it is not half of the older way to say 8 octets of connection ID) and a reset (2)
    // come from the server.
    guard flags & 0x4a == 0x08 else { throw .invalid(.quicHeaderForm, offset: 0) }
    connectionID = reader.offset..<reader.offset + 8
    try reader.skip(8)
    if flags & 1 != 0 {
      let number = QUICVersion.googleCryptoNumber(try reader.readUInt32())
      guard let number, number < 44 else { throw .invalid(.quicVersion, offset: 9) }
      version = number
    } else {
      guard let known, known < 44 else { throw .invalid(.quicVersion, offset: 9) }
      version = known
    }
    packetNumberByteCount = GoogleFrames.byteCounts[Int(flags >> 4 & 3)]
    try reader.skip(packetNumberByteCount + Self.hashByteCount)
    if version < 34 {
      let offset = reader.offset
      let privateFlags = try reader.readUInt8()
      guard privateFlags & 4 == 0 else { throw .invalid(.quicHeaderForm, offset: offset) }
      if privateFlags & 2 != 0 { try reader.skip(1) }
    }
    frames = reader.offset..<datagram.byteCount
  }

  private init(longHeader header: QUICLongHeader, in datagram: RawSpan) throws(WireError) {
    guard case .googleCrypto(let version) = header.version, header.version.isInTheClear else {
      throw .invalid(.quicVersion, offset: header.start + 1)
    }
    guard header.type == .initial else { throw .invalid(.quicHeaderForm, offset: header.start) }
    self.version = version
    connectionID = header.destinationConnectionID
    let first = datagram.octet(at: header.start) ?? 0
    packetNumberByteCount = version < 46 ? 4 : Int(first & 3) + 1
    let start = header.packetNumberOffset + packetNumberByteCount + Self.hashByteCount
    guard start <= header.end else {
      throw .truncated(
        offset: header.packetNumberOffset, needed: start - header.packetNumberOffset,
        available: header.end - header.packetNumberOffset)
    }
    frames = start..<header.end
  }

  private static func statedVersion(_ datagram: RawSpan) -> UInt8? {
    guard let a = datagram.octet(at: 9), let b = datagram.octet(at: 10),
      let c = datagram.octet(at: 11), let d = datagram.octet(at: 12)
    else { return nil }
    let number = UInt32(a) << 24 | UInt32(b) << 16 | UInt32(c) << 8 | UInt32(d)
    return QUICVersion.googleCryptoNumber(number).flatMap { $0 < 44 ? $0 : nil }
  }
}
