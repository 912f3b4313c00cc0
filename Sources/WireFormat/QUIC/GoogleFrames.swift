/// Walks the frames of a packet of Google's QUIC and stops at each piece of the handshake.
///
///     1fdooossB, Stream ID (8..32), Offset (0..64), [Data Length (16)], Data (..)      STREAM
///     0x08, Offset (i), Length (i), Data (..)                                          CRYPTO
///
/// `d` says that the length is there (else the data runs to the end of the packet), `ooo` how many octets the offset
/// has (0, 2, 3, … 8), `ss` one less than those of the stream's number. The handshake is on stream 1, and from Q048
/// on, T050 and T051 among them, in CRYPTO frames. Integers are in network byte order from Q039 on, before it in the
/// other.
///
/// Of the other frames those that a client sends in its first packets are passed over. Every frame takes at least one
/// octet, so the walk is bounded by the payload.
package struct GoogleFrames: ~Escapable {
  private var reader: ByteReader
  private let version: UInt8
  private let packetNumberByteCount: Int

  /// What two bits say of the length of a packet number.
  static let byteCounts: InlineArray<4, Int> = [1, 2, 4, 6]

  /// - Parameters:
  ///   - payload: from the first frame to the last.
  ///   - version: 24 to 51.
  ///   - packetNumberByteCount: as in the packet's header.
  @_lifetime(copy payload)
  package init(_ payload: RawSpan, version: UInt8, packetNumberByteCount: Int = 1) {
    reader = ByteReader(payload)
    self.version = version
    self.packetNumberByteCount = packetNumberByteCount
  }

  /// The next piece of the handshake, nil at the end of the payload.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` when a frame runs past the end;
  ///   ``WireError/invalid(_:offset:)`` with `quicFrameType` for a frame that is not read, `quicLength` for a piece
  ///   past 2^62 - 1.
  @_lifetime(self: copy self)
  package mutating func next() throws(WireError) -> CryptoFrame? {
    while !reader.isAtEnd {
      let start = reader.offset
      let type = try reader.readUInt8()
      if type & 0x80 != 0 {
        if let piece = try readStream(type, start) { return piece }
        continue
      }
      if type & 0xc0 == 0x40, version >= 34 {
        try skipAcknowledgement(type)
        continue
      }
      switch type {
      case 0x00, 0x07:
        continue
      case 0x08 where version >= 48:
        let offset = try reader.readVariableLengthInteger()
        return try piece(offset, count: try reader.readVariableLength(), start)
      case 0x02:
        try reader.skip(4)
        try reader.skip(Int(try readInteger(2)))
      case 0x04:
        try reader.skip(4 + 8)
      case 0x05:
        try reader.skip(4)
      case 0x06 where version < 44:
        try reader.skip((version < 34 ? 1 : 0) + packetNumberByteCount)
      default:
        throw .invalid(.quicFrameType, offset: start)
      }
    }
    return nil
  }

  @_lifetime(self: copy self)
  private mutating func readStream(_ type: UInt8, _ start: Int) throws(WireError) -> CryptoFrame? {
    let stream = try readInteger(Int(type & 3) + 1)
    let offsetBits = Int(type >> 2 & 7)
    let offset = try readInteger(offsetBits == 0 ? 0 : offsetBits + 1)
    let count = type & 0x20 != 0 ? Int(try readInteger(2)) : reader.remaining
    guard stream == 1, version < 48 else {
      try reader.skip(count)
      return nil
    }
    return try piece(offset, count: count, start)
  }

  @_lifetime(self: copy self)
  private mutating func piece(
    _ offset: UInt64, count: Int, _ start: Int
  ) throws(WireError) -> CryptoFrame {
    guard offset < 1 << 62, offset + UInt64(count) < 1 << 62 else {
      throw .invalid(.quicLength, offset: start)
    }
    let range = reader.offset..<reader.offset + count
    try reader.skip(count)
    return CryptoFrame(streamOffset: offset, range: range)
  }

  /// ACK of Q034 and later: `01ntllmm`, the largest number in `ll`, a delay of two octets, with `n` a count of further
  /// blocks, the first block's length in `mm`, for each further block a gap of one octet and a length; last the
  /// timestamps, the first of five octets, others of three.
  @_lifetime(self: copy self)
  private mutating func skipAcknowledgement(_ type: UInt8) throws(WireError) {
    let blockByteCount = Self.byteCounts[Int(type & 3)]
    try reader.skip(Self.byteCounts[Int(type >> 2 & 3)] + 2)
    let blockCount = type & 0x20 != 0 ? Int(try reader.readUInt8()) : 0
    try reader.skip(blockByteCount + blockCount * (1 + blockByteCount))
    let timestampCount = Int(try reader.readUInt8())
    if timestampCount > 0 { try reader.skip(1 + 4 + (timestampCount - 1) * 3) }
  }

  /// An integer of up to eight octets in the version's byte order.
  @_lifetime(self: copy self)
  private mutating func readInteger(_ byteCount: Int) throws(WireError) -> UInt64 {
    var octets = try reader.readSlice(byteCount)
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while !octets.isAtEnd {
      let octet = UInt64(try octets.readUInt8())
      value = version >= 39 ? value << 8 | octet : value | octet << shift
      shift += 8
    }
    return value
  }
}
