/// What a SOCKS 5 client says before its request.
///
///     greeting:  5, count of methods 1, methods                                 RFC 1928, section 3
///     password:  1, length 1, user name, length 1, password                     RFC 1929, section 2
package enum SOCKSNegotiation {
  /// Octets of the greeting at the start of `bytes`.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` while it is not all there;
  ///   ``WireError/invalid(_:offset:)`` with `socksVersion`, or `socksMethodCount` where no method is offered.
  package static func greetingByteCount(_ bytes: RawSpan) throws(WireError) -> Int {
    var reader = ByteReader(bytes)
    guard try reader.readUInt8() == 5 else { throw .invalid(.socksVersion, offset: 0) }
    let count = Int(try reader.readUInt8())
    guard count > 0 else { throw .invalid(.socksMethodCount, offset: 1) }
    try reader.skip(count)
    return reader.offset
  }

  /// Octets of the user name and password at the start of `bytes`. Neither is looked at.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` while they are not all there;
  ///   ``WireError/invalid(_:offset:)`` with `socksVersion`, or `socksName` for an empty user name.
  package static func passwordByteCount(_ bytes: RawSpan) throws(WireError) -> Int {
    var reader = ByteReader(bytes)
    guard try reader.readUInt8() == 1 else { throw .invalid(.socksVersion, offset: 0) }
    let length = Int(try reader.readUInt8())
    guard length > 0 else { throw .invalid(.socksName, offset: 1) }
    try reader.skip(length)
    try reader.skip(Int(try reader.readUInt8()))
    return reader.offset
  }
}
