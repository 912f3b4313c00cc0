extension ByteReader {
  /// Reads a variable-length integer: the two highest bits say whether it has 1, 2, 4 or 8 octets
  /// (RFC 9000, section 16).
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)``; the cursor is then left in place.
  @_lifetime(self: copy self)
  package mutating func readVariableLengthInteger() throws(WireError) -> UInt64 {
    guard let first = bytes.octet(at: offset), !isAtEnd else {
      throw .truncated(offset: offset, needed: 1, available: 0)
    }
    switch first >> 6 {
    case 0: return UInt64(try readUInt8())
    case 1: return UInt64(try readUInt16() & 0x3fff)
    case 2: return UInt64(try readUInt32() & 0x3fff_ffff)
    default: return try readUInt64() & 0x3fff_ffff_ffff_ffff
    }
  }

  /// Reads a variable-length integer that counts octets still to come.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` when there are not as many left.
  @_lifetime(self: copy self)
  mutating func readVariableLength() throws(WireError) -> Int {
    let length = try readVariableLengthInteger()
    guard length <= UInt64(remaining) else {
      throw .truncated(
        offset: offset, needed: Int(truncatingIfNeeded: length), available: remaining)
    }
    return Int(length)
  }
}
