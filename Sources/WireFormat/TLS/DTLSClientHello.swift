/// A ClientHello at the start of a DTLS 1.0, 1.2 or 1.3 datagram.
///
///     ContentType type;           1 octet, 22                      RFC 6347, section 4.1
///     ProtocolVersion version;    2 octets, 254.255 or 254.253
///     uint16 epoch;               2 octets, 0
///     uint48 sequence_number;     6 octets
///     uint16 length;              2 octets
///       HandshakeType msg_type;   1 octet, 1                       RFC 6347, section 4.2.2
///       uint24 length;            3 octets
///       uint16 message_seq;       2 octets
///       uint24 fragment_offset;   3 octets
///       uint24 fragment_length;   3 octets
///       … as ``ClientHello``, with a cookie
///
/// A message in fragments is read as far as its first fragment goes; fragments are not put
/// together.
package struct DTLSClientHello: Equatable, Sendable {
  /// Record and handshake header together, in octets.
  package static let headerByteCount = 25

  /// The hello, its ranges counting octets of the datagram.
  package let hello: ClientHello
  /// The record layer's version, 0xfeff or 0xfefd.
  package let recordVersion: UInt16

  /// Reads the first record of a datagram.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` when a length runs past the end;
  ///   ``WireError/invalid(_:offset:)`` with `recordType`, `recordVersion` or `recordLength` when
  ///   it is no DTLS handshake in the clear, `handshakeType` when it is no ClientHello,
  ///   `handshakeLength` when it is not a message's first fragment or longer than the message.
  package init(parsing datagram: RawSpan) throws(WireError) {
    var reader = ByteReader(datagram)
    guard try reader.readUInt8() == 22 else { throw .invalid(.recordType, offset: 0) }
    recordVersion = try reader.readUInt16()
    guard recordVersion == 0xfeff || recordVersion == 0xfefd else {
      throw .invalid(.recordVersion, offset: 1)
    }
    guard try reader.readUInt16() == 0 else { throw .invalid(.recordType, offset: 3) }
    try reader.skip(6)
    let recordLength = Int(try reader.readUInt16())
    guard recordLength <= TLSRecordHeader.maximumLength else {
      throw .invalid(.recordLength, offset: 11)
    }
    var record = try reader.readSlice(recordLength)

    guard try record.readUInt8() == 1 else { throw .invalid(.handshakeType, offset: 13) }
    let length = try record.readUInt24()
    try record.skip(2)
    let fragmentOffset = try record.readUInt24()
    let fragmentLength = try record.readUInt24()
    guard fragmentOffset == 0, fragmentLength <= length else {
      throw .invalid(.handshakeLength, offset: 19)
    }
    var fragment = try record.readSlice(Int(fragmentLength))
    hello = try ClientHello(
      dtlsBody: &fragment, in: datagram, isWhole: fragmentLength == length)
  }
}
