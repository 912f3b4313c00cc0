/// A STUN message, as far as needed to pass over it and to find the data that TURN carries in it.
///
///     STUN Message Type   2 octets, the two highest bits 0        RFC 8489, section 5
///     Message Length      2 octets, without the header, a multiple of 4
///     Magic Cookie        4 octets, 0x2112a442
///     Transaction ID      12 octets
///     Attributes: type    2 octets                                RFC 8489, section 14
///                 length  2 octets
///                 value   padded to a multiple of 4
package struct STUNMessage: Equatable, Sendable {
  package let type: UInt16
  /// The DATA attribute of a TURN Send or Data indication (RFC 8656, section 18.4), empty without.
  package private(set) var data: Range<Int> = 0..<0

  static let headerByteCount = 20

  /// Reads a whole message, which has to fill the datagram.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` when it is not all there;
  ///   ``WireError/invalid(_:offset:)`` with `stunHeader` when it is none. Attributes that cannot be
  ///   read are left.
  package init(parsing datagram: RawSpan) throws(WireError) {
    var reader = ByteReader(datagram)
    type = try reader.readUInt16()
    guard type < 0x4000 else { throw .invalid(.stunHeader, offset: 0) }
    let length = Int(try reader.readUInt16())
    guard length % 4 == 0 else { throw .invalid(.stunHeader, offset: 2) }
    guard try reader.readUInt32() == 0x2112_a442 else { throw .invalid(.stunHeader, offset: 4) }
    try reader.skip(12)
    var attributes = try reader.readSlice(length)
    guard reader.isAtEnd else { throw .invalid(.stunHeader, offset: 2) }
    // Send and Data indications.
    guard type == 0x0016 || type == 0x0017 else { return }
    // Each turn takes at least four octets.
    while let type = try? attributes.readUInt16(), let length = try? attributes.readUInt16() {
      let start = attributes.offset
      guard (try? attributes.skip(Int(length))) != nil else { return }
      if type == 0x0013 {
        data = start..<start + Int(length)
        return
      }
      guard (try? attributes.skip(-Int(length) & 3)) != nil else { return }
    }
  }
}

/// TURN's ChannelData message (RFC 8656, section 12.4).
///
///     Channel Number      2 octets, 0x4000...0x4fff
///     Length              2 octets
///     Application Data    up to three octets of padding may follow
package enum ChannelData {
  /// Where the data lies in a datagram that is such a message; nil for any other.
  package static func range(in datagram: RawSpan) -> Range<Int>? {
    var reader = ByteReader(datagram)
    guard let channel = try? reader.readUInt16(), (0x4000...0x4fff).contains(channel),
      let length = try? reader.readUInt16(), reader.remaining >= Int(length),
      reader.remaining - Int(length) <= 3
    else { return nil }
    return reader.offset..<reader.offset + Int(length)
  }
}
