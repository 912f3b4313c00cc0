/// What header blocks are made of (RFC 7541, section 5).
package enum HPACKPrimitive {
  /// An integer (section 5.1) whose first octet has been read.
  ///
  /// - Parameters:
  ///   - first: the first octet, with nothing but its prefix.
  ///   - prefix: bits of the prefix, 1 to 7.
  /// - Throws: ``WireError/truncated(offset:needed:available:)``, or ``WireError/invalid(_:offset:)`` with `hpackInteger` for
  ///   one of more than 28 bits beyond the prefix.
  package static func integer(
    _ first: UInt8, prefix: UInt8, _ reader: inout ByteReader
  ) throws(WireError) -> Int {
    var value = Int(first)
    guard value == 1 << Int(prefix) - 1 else { return value }
    for shift in stride(from: 0, to: 28, by: 7) {
      let octet = try reader.readUInt8()
      value += Int(octet & 0x7f) << shift
      if octet & 0x80 == 0 { return value }
    }
    throw .invalid(.hpackInteger, offset: reader.offset)
  }

  /// A string (section 5.2), plain or in Huffman's code.
  ///
  /// - Throws: as ``integer(_:prefix:_:)``, and ``WireError/invalid(_:offset:)`` with `hpackHuffman` for a text that is none.
  package static func string(_ reader: inout ByteReader) throws(WireError) -> [UInt8] {
    let first = try reader.readUInt8()
    let length = try integer(first & 0x7f, prefix: 7, &reader)
    let octets = try reader.readBytes(length)
    return first & 0x80 == 0 ? octets.copied() : try HPACKHuffman.decode(octets)
  }
}
