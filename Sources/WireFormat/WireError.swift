/// Why bytes could not be read as what they claim to be.
///
/// Offsets count octets from the start of the span that the reader was made over.
@usableFromInline
package enum WireError: Error, Equatable, Sendable {
  /// A read of `needed` octets at `offset`, where only `available` were left.
  case truncated(offset: Int, needed: Int, available: Int)
  /// A field holds a value that its standard does not allow.
  case invalid(Field, offset: Int)

  /// The fields whose values are checked.
  @usableFromInline
  package enum Field: String, Sendable {
    case serverNameType, serverNameLength, serverNameOctet
    case handshakeType, handshakeLength, recordType, recordVersion, recordLength
    case extensionCount, googleTagOrder
    case sslv2Length, derTag, derLength, certificateLength, stunHeader
    case ipVersion, ipHeaderLength, ipTotalLength, extensionHeaderChain
    case tcpDataOffset, udpLength
    case dnsPointer, dnsLabel, dnsNameLength, dnsCount
    case quicVersion, quicConnectionIDLength, quicFrameType, quicPacketNumber, quicIntegrity
    case dhcpMagic, dhcpHardwareLength
    case httpStartLine, httpHeader
    case linkHeader, wrappingDepth
    case tunnelVersion, tunnelFlags, tunnelLength, tunnelPayload
    case quicHeaderForm, quicLength, dnsHeader, dnsServiceBinding
    case httpHeadLength, httpChunk, dhcpOperation, dhcpOption
    case netBIOSName, echConfig, echHello
    case arpHardware, neighborType, neighborOption
    case dhcpMessageType, dhcpName
    case socksVersion, socksMethodCount, socksCommand, socksAddressType, socksName
    case proxySignature, proxyLine, proxyLength
    case hpackHuffman, hpackInteger
  }
}
