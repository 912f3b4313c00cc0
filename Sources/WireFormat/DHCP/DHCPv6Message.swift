/// A DHCPv6 message: who has which IPv6 addresses, and how it calls itself.
///
///     client, server:  msg-type (1), transaction-id (3), options            RFC 8415, section 8
///     relay:           msg-type (1) = 12 or 13, hop-count (1), link-address (16), peer-address (16),
///                      options; the message in option 9                     section 9
///     options:         code (2), length (2), value
///
/// A relayed message stands for the one within, at most eight relays deep. Of the options the client's
/// DUID (1), its addresses (3 and 5) and its name (39, RFC 4704) are read. Ranges count octets of the span
/// that was parsed.
package struct DHCPv6Message: Equatable, Sendable {
  /// msg-type of the innermost message: 1 solicit … 7 reply … 11 information request.
  package private(set) var messageType: UInt8 = 0
  /// 24 bits.
  package private(set) var transactionID: UInt32 = 0
  package private(set) var isRelayed = false
  /// The Ethernet address within the client's DUID of type 1 or 3 (section 11); it may be that of
  /// another of its interfaces.
  package private(set) var clientMAC: MACAddress?
  /// The first addresses of all IA_NA options, at most ``maximumAddressCount``.
  package private(set) var addressCount = 0
  private var addresses = InlineArray<4, IPAddress>(repeating: IPAddress(high: 0, low: 0))
  /// The first label of the client's name; nil without one.
  package private(set) var hostName: Range<Int>?

  package static let maximumAddressCount = 4
  package static let maximumRelayCount = 8

  /// From a server.
  package var isReply: Bool { messageType == 2 || messageType == 7 || messageType == 10 }

  /// The `index`th address that the client has or is given; nil past the last.
  package func address(_ index: Int) -> IPAddress? {
    index >= 0 && index < addressCount ? addresses[index] : nil
  }

  /// Reads a message.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` when a field or option runs past the
  ///   end; ``WireError/invalid(_:offset:)`` with `dhcpMessageType` for a type that is not 1 to 13 or
  ///   the ninth relay, `dhcpName` for a name whose first label is none, `dhcpOption` for an option
  ///   whose length is not that of its type.
  package init(parsing message: RawSpan) throws(WireError) {
    var reader = ByteReader(message)
    var relays = 0
    while true {
      let offset = reader.offset
      let type = try reader.readUInt8()
      guard type >= 1, type <= 13 else { throw .invalid(.dhcpMessageType, offset: offset) }
      guard type >= 12 else {
        messageType = type
        transactionID = try reader.readUInt24()
        try readOptions(&reader)
        return
      }
      relays += 1
      guard relays <= Self.maximumRelayCount else {
        throw .invalid(.dhcpMessageType, offset: offset)
      }
      isRelayed = true
      try reader.skip(33)
      reader = try Self.relayed(&reader)
    }
  }

  @_lifetime(copy reader)
  private static func relayed(_ reader: inout ByteReader) throws(WireError) -> ByteReader {
    while true {
      let code = try reader.readUInt16()
      let value = try reader.readSlice(Int(try reader.readUInt16()))
      if code == 9 { return value }
    }
  }

  /// Each option takes at least four octets: the loop is bounded by the message.
  private mutating func readOptions(_ reader: inout ByteReader) throws(WireError) {
    while !reader.isAtEnd {
      let code = try reader.readUInt16()
      var value = try reader.readSlice(Int(try reader.readUInt16()))
      switch code {
      case 1 where clientMAC == nil: clientMAC = try Self.mac(ofDUID: &value)
      case 3:
        // IAID, T1 and T2 stand before the options.
        try value.skip(12)
        try readAddresses(&value)
      case 39 where hostName == nil: hostName = try Self.firstLabel(&value)
      default: break
      }
    }
  }

  private mutating func readAddresses(_ reader: inout ByteReader) throws(WireError) {
    while !reader.isAtEnd {
      let offset = reader.offset
      let code = try reader.readUInt16()
      var value = try reader.readSlice(Int(try reader.readUInt16()))
      guard code == 5, addressCount < Self.maximumAddressCount else { continue }
      guard value.remaining >= 24 else { throw .invalid(.dhcpOption, offset: offset) }
      addresses[addressCount] = IPAddress(
        high: try value.readUInt64(), low: try value.readUInt64())
      addressCount += 1
    }
  }

  /// DUID-LLT: type 1, hardware (2), time (4), address; DUID-LL: type 3, hardware (2), address.
  private static func mac(ofDUID value: inout ByteReader) throws(WireError) -> MACAddress? {
    let type = try value.readUInt16()
    guard type == 1 || type == 3, try value.readUInt16() == 1 else { return nil }
    if type == 1 { try value.skip(4) }
    guard value.remaining == 6 else { return nil }
    return MACAddress(value: UInt64(try value.readUInt32()) << 16 | UInt64(try value.readUInt16()))
  }

  /// Flags (1), then labels as in DNS, without the last zero where the name is partial.
  private static func firstLabel(_ value: inout ByteReader) throws(WireError) -> Range<Int>? {
    try value.skip(1)
    guard !value.isAtEnd else { return nil }
    let offset = value.offset
    let length = Int(try value.readUInt8())
    guard length < 64 else { throw .invalid(.dhcpName, offset: offset) }
    let start = value.offset
    try value.skip(length)
    return length == 0 ? nil : start..<start + length
  }
}

extension DHCPv6Message {
  package static func == (a: Self, b: Self) -> Bool {
    let hasSameAddresses = (0..<maximumAddressCount).allSatisfy { a.address($0) == b.address($0) }
    return a.messageType == b.messageType && a.transactionID == b.transactionID
      && a.isRelayed == b.isRelayed && a.clientMAC == b.clientMAC && a.hostName == b.hostName
      && hasSameAddresses
  }
}
