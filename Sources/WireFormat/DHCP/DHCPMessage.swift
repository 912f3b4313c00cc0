/// A DHCPv4 message: who has which address, and how it calls itself.
///
///     op, htype, hlen, hops          1 octet each                    RFC 2131, section 2
///     xid (4)  secs (2)  flags (2)
///     ciaddr, yiaddr, siaddr, giaddr 4 octets each
///     chaddr (16)  sname (64)  file (128)
///     magic cookie (4)               99.130.83.99                    RFC 2131, section 3
///     options                        code (1), length (1), value     RFC 2132, section 2
///
/// Options that overflow into sname and file (option 52) are not read. Of an option sent twice the
/// first counts. Ranges count octets of the span that was parsed.
package struct DHCPMessage: Equatable, Sendable {
  /// Option 53 (RFC 2132, section 9.6).
  package enum MessageType: UInt8, Sendable {
    case discover = 1
    case offer, request, decline, acknowledge, refuse, release, inform
  }

  /// How the name in option 81 is written (RFC 4702, section 2.3.1).
  package enum NameEncoding: Sendable {
    case ascii
    /// Labels with their lengths, as in a DNS message.
    case labels
  }

  /// Of the fixed fields and the cookie, in octets.
  package static let minimumByteCount = 240

  /// BOOTREPLY: from the server.
  package let isReply: Bool
  package let transactionID: UInt32
  /// The client's Ethernet address; nil for other hardware.
  package let hardwareAddress: MACAddress?
  /// The address the client has; nil when it is zero.
  package let clientAddress: IPAddress?
  /// The address the client is given; nil when it is zero.
  package let yourAddress: IPAddress?
  /// nil in plain BOOTP.
  package private(set) var messageType: MessageType?
  /// Option 50: the address the client asks for.
  package private(set) var requestedAddress: IPAddress?
  /// Option 51, in seconds.
  package private(set) var leaseTime: UInt32?
  /// Option 12, without zero octets at its end; never empty.
  package private(set) var hostName: Range<Int>?
  /// The name in option 81 (client FQDN), and how it is written; never empty.
  package private(set) var fullyQualifiedName: Range<Int>?
  package private(set) var fullyQualifiedNameEncoding = NameEncoding.ascii

  /// Reads a message.
  ///
  /// - Throws: ``WireError/truncated(offset:needed:available:)`` when the fixed fields or an option
  ///   run past the end; ``WireError/invalid(_:offset:)`` with `dhcpOperation` when op is neither
  ///   request nor reply, `dhcpHardwareLength` for more than sixteen octets, `dhcpMagic` without
  ///   the cookie, `dhcpOption` for an option whose length is not that of its type.
  package init(parsing message: RawSpan) throws(WireError) {
    var reader = ByteReader(message)
    let operation = try reader.readUInt8()
    guard operation == 1 || operation == 2 else { throw .invalid(.dhcpOperation, offset: 0) }
    isReply = operation == 2
    let hardwareType = try reader.readUInt8()
    let hardwareLength = try reader.readUInt8()
    guard hardwareLength <= 16 else { throw .invalid(.dhcpHardwareLength, offset: 2) }
    try reader.skip(1)
    transactionID = try reader.readUInt32()
    try reader.skip(4)
    clientAddress = try Self.address(&reader)
    yourAddress = try Self.address(&reader)
    try reader.skip(8)
    let high = try reader.readUInt32()
    let low = try reader.readUInt16()
    let isEthernet = hardwareType == 1 && hardwareLength == 6
    hardwareAddress = isEthernet ? MACAddress(value: UInt64(high) << 16 | UInt64(low)) : nil
    try reader.skip(10 + 64 + 128)
    guard try reader.readUInt32() == 0x6382_5363 else { throw .invalid(.dhcpMagic, offset: 236) }
    try readOptions(&reader, in: message)
  }

  /// The name the client calls itself by, in lower case: the host name, or the first label of the
  /// fully qualified one; nil without either, and when it holds a control character.
  package func clientName(in message: RawSpan) -> String? {
    if let hostName, let text = Self.name(hostName, in: message) { return text }
    guard var range = fullyQualifiedName else { return nil }
    switch fullyQualifiedNameEncoding {
    case .labels:
      let length = Int(message.octet(at: range.lowerBound) ?? 0)
      guard length > 0, length < range.count else { return nil }
      range = range.lowerBound + 1..<range.lowerBound + 1 + length
    case .ascii:
      let dot = range.first { message.octet(at: $0) == UInt8(ascii: ".") }
      range = range.lowerBound..<(dot ?? range.upperBound)
    }
    return Self.name(range, in: message)
  }

  /// Each option takes at least one octet: the loop is bounded by the message.
  private mutating func readOptions(
    _ reader: inout ByteReader, in message: RawSpan
  ) throws(WireError) {
    while !reader.isAtEnd {
      let offset = reader.offset
      let code = try reader.readUInt8()
      if code == 0 { continue }
      if code == 255 { return }
      var value = try reader.readSlice(Int(try reader.readUInt8()))
      switch code {
      case 12 where hostName == nil:
        hostName = Self.trimmed(value, in: message)
      case 50 where requestedAddress == nil:
        guard value.remaining == 4 else { throw .invalid(.dhcpOption, offset: offset) }
        requestedAddress = try Self.address(&value)
      case 51 where leaseTime == nil:
        guard value.remaining == 4 else { throw .invalid(.dhcpOption, offset: offset) }
        leaseTime = try value.readUInt32()
      case 53 where messageType == nil:
        guard value.remaining == 1 else { throw .invalid(.dhcpOption, offset: offset) }
        messageType = MessageType(rawValue: try value.readUInt8())
      case 81 where fullyQualifiedName == nil:
        guard value.remaining >= 3 else { throw .invalid(.dhcpOption, offset: offset) }
        fullyQualifiedNameEncoding = try value.readUInt8() & 4 != 0 ? .labels : .ascii
        try value.skip(2)
        fullyQualifiedName = Self.trimmed(value, in: message)
      default:
        break
      }
    }
  }

  private static func address(_ reader: inout ByteReader) throws(WireError) -> IPAddress? {
    let value = try reader.readUInt32()
    return value == 0 ? nil : IPAddress(v4: value)
  }

  private static func trimmed(_ value: borrowing ByteReader, in message: RawSpan) -> Range<Int>? {
    let start = value.offset
    var end = start + value.remaining
    while end > start, message.octet(at: end - 1) == 0 { end -= 1 }
    return start == end ? nil : start..<end
  }

  private static func name(_ range: Range<Int>, in message: RawSpan) -> String? {
    let isName = range.allSatisfy { offset in
      message.octet(at: offset).map { $0 >= 0x20 && $0 != 0x7f } ?? false
    }
    return isName && !range.isEmpty ? message.lowercasedText(range) : nil
  }
}
