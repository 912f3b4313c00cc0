/// Who has an IPv4 address on a link.
///
///     hardware type (2) = 1      protocol type (2) = 0x0800      RFC 826
///     hardware length (1) = 6    protocol length (1) = 4
///     operation (2)              1 request, 2 reply
///     sender: MAC (6), address (4)
///     target: MAC (6), address (4)
///
/// Octets behind are padding of the link.
package struct ARPMessage: Equatable, Sendable {
  package let isReply: Bool
  package let senderMAC: MACAddress
  /// nil in a probe for a free address (RFC 5227, section 1.1).
  package let senderAddress: IPAddress?
  package let targetAddress: IPAddress

  /// Reads a message.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` with fewer than 28 octets;
  ///   ``WireError/invalid(_:offset:)`` with `arpHardware` for other hardware or protocols than
  ///   Ethernet and IPv4, or another operation.
  package init(parsing message: RawSpan) throws(WireError) {
    var reader = ByteReader(message)
    guard try reader.readUInt16() == 1 else { throw .invalid(.arpHardware, offset: 0) }
    guard try reader.readUInt16() == 0x0800 else { throw .invalid(.arpHardware, offset: 2) }
    guard try reader.readUInt16() == 0x0604 else { throw .invalid(.arpHardware, offset: 4) }
    let operation = try reader.readUInt16()
    guard operation == 1 || operation == 2 else { throw .invalid(.arpHardware, offset: 6) }
    isReply = operation == 2
    senderMAC = MACAddress(
      value: UInt64(try reader.readUInt32()) << 16 | UInt64(try reader.readUInt16()))
    let sender = try reader.readUInt32()
    senderAddress = sender == 0 ? nil : IPAddress(v4: sender)
    try reader.skip(6)
    targetAddress = IPAddress(v4: try reader.readUInt32())
  }
}
