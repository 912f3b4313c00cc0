/// What a client asks a SOCKS proxy for: the far end that it wants to be connected with.
///
///     version 4:   4, command 1, port 2, IPv4 address 4, user ID, 0
///     version 4a:  the address is 0.0.0.x with x not zero; after the user ID: domain name, 0
///     version 5:   5, command 1, reserved 1 (0), address type 1, address, port 2       RFC 1928, section 4
///                  address: type 1 = 4 octets, type 3 = 1-octet length and domain name, type 4 = 16 octets
///
/// Commands: 1 CONNECT, 2 BIND, 3 UDP ASSOCIATE (version 5 only). Ranges count octets of the span that was parsed.
package struct SOCKSRequest: Equatable, Sendable {
  package enum Destination: Equatable, Sendable {
    /// A name that the proxy is to look up: 1…255 octets that a host name may have.
    case name(Range<Int>)
    case address(IPAddress)
  }

  /// 4 or 5.
  package let version: UInt8
  /// The client wants a connection to be made; else one to be waited for, or datagrams.
  package let isConnect: Bool
  package let destination: Destination
  package let port: UInt16
  /// Octets of the request.
  package let byteCount: Int

  /// The longest user ID of version 4 that is read, in octets; the protocol has no limit.
  package static let maximumUserIDByteCount = 255

  /// Reads a request at the start of `bytes`; octets after it are left unread.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` while it is not all there;
  ///   ``WireError/invalid(_:offset:)`` with `socksVersion`, `socksCommand` (also where the reserved octet is not zero),
  ///   `socksAddressType`, or `socksName` for a name or user ID that is empty, too long or no host name.
  package init(parsing bytes: RawSpan) throws(WireError) {
    var reader = ByteReader(bytes)
    version = try reader.readUInt8()
    switch version {
    case 4: (isConnect, destination, port) = try Self.readVersion4(&reader)
    case 5: (isConnect, destination, port) = try Self.readVersion5(&reader)
    default: throw .invalid(.socksVersion, offset: 0)
    }
    byteCount = reader.offset
  }

  private static func readVersion4(
    _ reader: inout ByteReader
  ) throws(WireError) -> (Bool, Destination, UInt16) {
    let command = try reader.readUInt8()
    guard command == 1 || command == 2 else { throw .invalid(.socksCommand, offset: 1) }
    let port = try reader.readUInt16()
    let address = try reader.readUInt32()
    _ = try readText(&reader, maximum: maximumUserIDByteCount)
    guard address != 0, address < 256 else {
      return (command == 1, .address(IPAddress(v4: address)), port)
    }
    let start = reader.offset
    let name = try readText(&reader, maximum: ServerName.maximumByteCount)
    guard !name.isEmpty else { throw .invalid(.socksName, offset: start) }
    var content = ByteReader(reader.bytes, from: name.lowerBound, to: name.upperBound)
    try checkName(&content)
    return (command == 1, .name(name), port)
  }

  /// Octets up to a zero, which is read too.
  private static func readText(
    _ reader: inout ByteReader, maximum: Int
  ) throws(WireError) -> Range<Int> {
    let start = reader.offset
    while try reader.readUInt8() != 0 {
      guard reader.offset - start <= maximum else { throw .invalid(.socksName, offset: start) }
    }
    return start..<reader.offset - 1
  }

  private static func readVersion5(
    _ reader: inout ByteReader
  ) throws(WireError) -> (Bool, Destination, UInt16) {
    let command = try reader.readUInt8()
    guard (1...3).contains(command) else { throw .invalid(.socksCommand, offset: 1) }
    guard try reader.readUInt8() == 0 else { throw .invalid(.socksCommand, offset: 2) }
    let destination: Destination
    switch try reader.readUInt8() {
    case 1:
      destination = .address(IPAddress(v4: try reader.readUInt32()))
    case 3:
      let lengthOffset = reader.offset
      let length = Int(try reader.readUInt8())
      guard length > 0 else { throw .invalid(.socksName, offset: lengthOffset) }
      var name = try reader.readSlice(length)
      destination = .name(name.offset..<name.offset + length)
      try checkName(&name)
    case 4:
      destination = .address(
        IPAddress(high: try reader.readUInt64(), low: try reader.readUInt64()))
    default:
      throw .invalid(.socksAddressType, offset: 3)
    }
    return (command == 1, destination, try reader.readUInt16())
  }

  private static func checkName(_ name: inout ByteReader) throws(WireError) {
    while !name.isAtEnd {
      let offset = name.offset
      guard ServerName.isAllowed(try name.readUInt8()) else {
        throw .invalid(.socksName, offset: offset)
      }
    }
  }
}
