/// One CRYPTO frame: a piece of the TLS handshake stream (RFC 9000, section 19.6).
package struct CryptoFrame: Equatable, Sendable {
  /// Where the piece belongs in the stream, in octets; at most 2^62 - 1.
  package let streamOffset: UInt64
  /// Where it lies in the payload that was parsed.
  package let range: Range<Int>

  package init(streamOffset: UInt64, range: Range<Int>) {
    self.streamOffset = streamOffset
    self.range = range
  }
}

/// Walks the frames of an opened Initial packet and stops at each CRYPTO frame.
///
/// The other frames that an Initial packet may have (PADDING, PING, ACK, CONNECTION_CLOSE:
/// RFC 9000, section 17.2.2) are passed over. Every frame takes at least one octet of the payload,
/// so the walk is bounded by its length.
package struct CryptoFrames: ~Escapable {
  private var reader: ByteReader

  /// - Parameter payload: what ``InitialOpener`` opened, from its first frame to its last; of Google's versions
  ///   ``GoogleFrames`` reads it.
  @_lifetime(copy payload)
  package init(_ payload: RawSpan) {
    reader = ByteReader(payload)
  }

  /// The next CRYPTO frame, nil at the end of the payload.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` when a frame runs past the end;
  ///   ``WireError/invalid(_:offset:)`` with `quicFrameType` for a frame that may not be in an
  ///   Initial packet, `quicLength` for a piece past 2^62 - 1.
  @_lifetime(self: copy self)
  package mutating func next() throws(WireError) -> CryptoFrame? {
    while !reader.isAtEnd {
      let start = reader.offset
      let type = try reader.readVariableLengthInteger()
      switch type {
      case 0x06:
        return try readCrypto(start)
      case 0x00:
        // Padding fills most of a client's first datagram.
        reader.skipZeros()
      case 0x01:
        continue
      case 0x02, 0x03:
        try skipAcknowledgement(countsECN: type == 0x03)
      case 0x1c:
        _ = try reader.readVariableLengthInteger()
        _ = try reader.readVariableLengthInteger()
        try reader.skip(try reader.readVariableLength())
      default:
        throw .invalid(.quicFrameType, offset: start)
      }
    }
    return nil
  }

  @_lifetime(self: copy self)
  private mutating func readCrypto(_ start: Int) throws(WireError) -> CryptoFrame {
    let offset = try reader.readVariableLengthInteger()
    let length = try reader.readVariableLength()
    guard offset + UInt64(length) < 1 << 62 else { throw .invalid(.quicLength, offset: start) }
    let range = reader.offset..<reader.offset + length
    try reader.skip(length)
    return CryptoFrame(streamOffset: offset, range: range)
  }

  /// Largest acknowledged, delay, range count, first range, then pairs of gap and range; three
  /// counts with ECN (RFC 9000, section 19.3).
  @_lifetime(self: copy self)
  private mutating func skipAcknowledgement(countsECN: Bool) throws(WireError) {
    _ = try reader.readVariableLengthInteger()
    _ = try reader.readVariableLengthInteger()
    let count = try reader.readVariableLengthInteger()
    _ = try reader.readVariableLengthInteger()
    guard count <= UInt64(reader.remaining / 2) else {
      throw .truncated(
        offset: reader.offset, needed: 2 * Int(truncatingIfNeeded: min(count, 1 << 32)),
        available: reader.remaining)
    }
    for _ in 0..<2 * count + (countsECN ? 3 : 0) {
      _ = try reader.readVariableLengthInteger()
    }
  }
}
