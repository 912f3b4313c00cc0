/// The first message of a client in QUIC Crypto, the handshake of Google's QUIC before TLS: a table of tags.
///
///     "CHLO"                        4 octets
///     Tag Count (16)                at most 128; little-endian, as all integers here
///     Padding (16)
///     { Tag (32), End (32) } ..     tags ascending; ends counted from the first value, not descending
///     Values (..)                   each from the end of the one before it to its own
///
/// Of the values only the server's name (`SNI`) is told.
package struct GoogleClientHello: Equatable, Sendable {
  /// Where the server's name lies in the message; nil where the client names none.
  package let serverName: Range<Int>?
  /// Octets of the message.
  package let byteCount: Int

  /// As many tags as Google's own parser takes.
  static let maximumTagCount = 128
  /// The longest message taken, in octets.
  package static let maximumByteCount = 65_536

  /// Whether `bytes` begin with the tag of the message.
  package static func begins(_ bytes: RawSpan) -> Bool {
    bytes.octet(at: 0) == UInt8(ascii: "C") && bytes.octet(at: 1) == UInt8(ascii: "H")
      && bytes.octet(at: 2) == UInt8(ascii: "L") && bytes.octet(at: 3) == UInt8(ascii: "O")
  }

  /// Reads a whole message; octets after it are left unread.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` when it is not all there;
  ///   ``WireError/invalid(_:offset:)`` with `handshakeType` for another message, `extensionCount` for no tag or more
  ///   than 128, `googleTagOrder` for a tag that is not above the one before it, `handshakeLength` for an end that is
  ///   below the one before it or past ``maximumByteCount``, `serverNameLength` and `serverNameOctet` as in TLS.
  package init(parsing message: RawSpan) throws(WireError) {
    var reader = ByteReader(message)
    guard try reader.readUInt32() == 0x4348_4c4f else {
      throw .invalid(.handshakeType, offset: 0)
    }
    let count = Int(try reader.readUInt16().byteSwapped)
    guard count > 0, count <= Self.maximumTagCount else {
      throw .invalid(.extensionCount, offset: 4)
    }
    try reader.skip(2)
    var entries = try reader.readSlice(8 * count)
    let base = entries.offset + 8 * count
    var name: (range: Range<Int>, entry: Int)?
    var previous: (tag: UInt32, end: Int)?
    while !entries.isAtEnd {
      let offset = entries.offset
      let tag = try entries.readUInt32().byteSwapped
      let end = Int(try entries.readUInt32().byteSwapped)
      if let previous, tag <= previous.tag { throw .invalid(.googleTagOrder, offset: offset) }
      let start = previous?.end ?? 0
      guard end >= start, base + end <= Self.maximumByteCount else {
        throw .invalid(.handshakeLength, offset: offset + 4)
      }
      // "SNI" and a zero.
      if tag == 0x0049_4e53 { name = (base + start..<base + end, offset) }
      previous = (tag, end)
    }
    byteCount = base + (previous?.end ?? 0)
    guard byteCount <= message.byteCount else {
      throw .truncated(
        offset: base, needed: byteCount - base, available: max(0, message.byteCount - base))
    }
    guard let (range, entry) = name, !range.isEmpty else {
      serverName = nil
      return
    }
    guard range.count <= ServerName.maximumByteCount else {
      throw .invalid(.serverNameLength, offset: entry + 4)
    }
    for offset in range {
      guard let octet = message.octet(at: offset), ServerName.isAllowed(octet) else {
        throw .invalid(.serverNameOctet, offset: offset)
      }
    }
    serverName = range
  }
}
