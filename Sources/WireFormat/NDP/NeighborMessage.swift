/// Who has an IPv6 address on a link, and who routes there: the ICMPv6 messages of neighbour discovery.
///
///     type (1), code (1) = 0, checksum (2)                          RFC 4861, section 4
///     133 router solicitation:     reserved (4)
///     134 router advertisement:    hop limit, flags, lifetime (2), two timers (4 each)
///     135 neighbour solicitation:  reserved (4), target (16)
///     136 neighbour advertisement: R S O and reserved (4), target (16)
///     options: type (1), length (1) in units of eight octets, value
///
/// Of the options the link-layer addresses are read: 1, the sender's, and 2, the target's.
package struct NeighborMessage: Equatable, Sendable {
  package enum Kind: Equatable, Sendable {
    case routerSolicitation
    /// Lifetime in seconds; zero: no default router.
    case routerAdvertisement(lifetime: UInt16)
    case solicitation(target: IPAddress)
    case advertisement(target: IPAddress, isRouter: Bool)
  }

  package let kind: Kind
  package private(set) var sourceMAC: MACAddress?
  package private(set) var targetMAC: MACAddress?

  /// Reads a message from the ICMPv6 type on. That it came with hop limit 255, so from the link, is the
  /// caller's to check (section 7.1).
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` when a field or option runs past the
  ///   end; ``WireError/invalid(_:offset:)`` with `neighborType` for another type or code,
  ///   `neighborOption` for an option of length zero.
  package init(parsing message: RawSpan) throws(WireError) {
    var reader = ByteReader(message)
    let type = try reader.readUInt8()
    guard (133...136).contains(type) else { throw .invalid(.neighborType, offset: 0) }
    guard try reader.readUInt8() == 0 else { throw .invalid(.neighborType, offset: 1) }
    try reader.skip(2)
    let flags = try reader.readUInt32()
    switch type {
    case 133: kind = .routerSolicitation
    case 134:
      try reader.skip(8)
      kind = .routerAdvertisement(lifetime: UInt16(truncatingIfNeeded: flags))
    case 135: kind = .solicitation(target: try Self.address(&reader))
    default:
      kind = .advertisement(target: try Self.address(&reader), isRouter: flags >> 31 == 1)
    }
    try readOptions(&reader)
  }

  /// Each option takes at least eight octets: the loop is bounded by the message.
  private mutating func readOptions(_ reader: inout ByteReader) throws(WireError) {
    while !reader.isAtEnd {
      let type = try reader.readUInt8()
      let lengthOffset = reader.offset
      let length = Int(try reader.readUInt8())
      guard length > 0 else { throw .invalid(.neighborOption, offset: lengthOffset) }
      var value = try reader.readSlice(8 * length - 2)
      guard type == 1 || type == 2, length == 1 else { continue }
      let mac = MACAddress(
        value: UInt64(try value.readUInt32()) << 16 | UInt64(try value.readUInt16()))
      if type == 1 { sourceMAC = sourceMAC ?? mac } else { targetMAC = targetMAC ?? mac }
    }
  }

  private static func address(_ reader: inout ByteReader) throws(WireError) -> IPAddress {
    IPAddress(high: try reader.readUInt64(), low: try reader.readUInt64())
  }
}
