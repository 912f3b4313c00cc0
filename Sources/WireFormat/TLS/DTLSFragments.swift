/// The handshake messages in the clear, or fragments of them, in the records of a DTLS 1.0, 1.2 or
/// 1.3 datagram.
///
///     ContentType type;           1 octet, 22                      RFC 6347, section 4.1
///     ProtocolVersion version;    2 octets, 254.255 or 254.253
///     uint16 epoch;               2 octets, 0: not encrypted
///     uint48 sequence_number;     6 octets
///     uint16 length;              2 octets
///       HandshakeType msg_type;   1 octet                          RFC 6347, section 4.2.2
///       uint24 length;            3 octets
///       uint16 message_seq;       2 octets
///       uint24 fragment_offset;   3 octets
///       uint24 fragment_length;   3 octets
///
/// A record may hold several messages and a datagram several records; records of other types, and
/// encrypted ones, are passed over.
package struct DTLSFragments: ~Escapable {
  /// One message or a part of it.
  package struct Fragment: Equatable, Sendable {
    package let messageType: UInt8
    /// Octets of the whole message's body.
    package let length: Int
    package let messageSequence: UInt16
    /// Where the fragment begins within the body.
    package let offset: Int
    /// Where it lies in the datagram.
    package let body: Range<Int>
    /// Of the record, 0xfeff or 0xfefd.
    package let recordVersion: UInt16
  }

  private var datagram: ByteReader
  private var record: ByteReader
  private var recordVersion: UInt16 = 0

  @_lifetime(copy bytes)
  package init(_ bytes: RawSpan) {
    datagram = ByteReader(bytes)
    record = ByteReader(bytes, from: 0, to: 0)
  }

  /// Reads the next fragment; nil at the datagram's end.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` when a length runs past the end;
  ///   ``WireError/invalid(_:offset:)`` with `recordType`, `recordVersion` or `recordLength` when
  ///   what stands there is no DTLS record, `handshakeLength` when a fragment lies outside its message.
  @_lifetime(self: copy self)
  package mutating func next() throws(WireError) -> Fragment? {
    while record.isAtEnd {
      guard !datagram.isAtEnd else { return nil }
      try nextRecord()
    }
    let messageType = try record.readUInt8()
    let length = Int(try record.readUInt24())
    let messageSequence = try record.readUInt16()
    let start = record.offset
    let offset = Int(try record.readUInt24())
    let count = Int(try record.readUInt24())
    guard offset <= length, count <= length - offset else {
      throw .invalid(.handshakeLength, offset: start)
    }
    let body = record.offset
    try record.skip(count)
    return Fragment(
      messageType: messageType, length: length, messageSequence: messageSequence, offset: offset,
      body: body..<body + count, recordVersion: recordVersion)
  }

  /// Goes on to the next record; one that is not read is left without octets.
  @_lifetime(self: copy self)
  private mutating func nextRecord() throws(WireError) {
    let start = datagram.offset
    let type = try datagram.readUInt8()
    guard type >= 20, type <= 24 else { throw .invalid(.recordType, offset: start) }
    recordVersion = try datagram.readUInt16()
    guard recordVersion == 0xfeff || recordVersion == 0xfefd else {
      throw .invalid(.recordVersion, offset: start + 1)
    }
    let epoch = try datagram.readUInt16()
    try datagram.skip(6)
    let length = Int(try datagram.readUInt16())
    guard length <= TLSRecordHeader.maximumLength else {
      throw .invalid(.recordLength, offset: start + 11)
    }
    let content = try datagram.readSlice(length)
    if type == 22, epoch == 0 { record = content }
  }
}
