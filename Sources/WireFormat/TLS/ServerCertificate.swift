/// The first certificate of a server's Certificate message, as servers send it in the clear up to
/// TLS 1.2.
///
///     HandshakeType msg_type;             1 octet, 11                  RFC 5246, section 7.4.2
///     uint24 length;                      3 octets
///     ASN.1Cert certificate_list<0..2^24-1>;   3-octet length first
///       opaque ASN.1Cert<1..2^24-1>;           3-octet length, then DER; the server's own comes first
package struct ServerCertificate: Equatable, Sendable {
  /// Where the certificate lies in the span that was parsed.
  package let range: Range<Int>

  /// The longest certificate taken, in octets; real ones have up to some ten thousand.
  package static let maximumByteCount = 65_536

  /// Reads the message at `offset` as far as its first certificate; those after it need not be there.
  /// The work does not depend on how much is there, so that it can be tried again with more.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` when more has to come;
  ///   ``WireError/invalid(_:offset:)`` with `handshakeType` for another message, `certificateLength`
  ///   when there is none, it is past ``maximumByteCount`` or the three lengths do not fit into each
  ///   other.
  package init(parsing bytes: RawSpan, at offset: Int) throws(WireError) {
    var reader = ByteReader(bytes)
    try reader.skip(offset)
    guard try reader.readUInt8() == 11 else { throw .invalid(.handshakeType, offset: offset) }
    let messageLength = Int(try reader.readUInt24())
    let listOffset = reader.offset
    let listLength = Int(try reader.readUInt24())
    guard listLength <= messageLength - 3 else {
      throw .invalid(.certificateLength, offset: listOffset)
    }
    let certificateOffset = reader.offset
    guard listLength > 3 else { throw .invalid(.certificateLength, offset: listOffset) }
    let length = Int(try reader.readUInt24())
    guard length > 0, length <= listLength - 3, length <= Self.maximumByteCount else {
      throw .invalid(.certificateLength, offset: certificateOffset)
    }
    let start = reader.offset
    try reader.skip(length)
    range = start..<start + length
  }
}
