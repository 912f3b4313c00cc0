/// The headers between an IP header and the transport header: those of IPv6 (RFC 8200, section 4) and, in IPv4 too, the
/// authentication header (RFC 4302).
///
///     hop-by-hop, routing, destination options, mobility, HIP, shim6    next 1, length 1 in words of eight after the
///                                                                       first, content
///     fragment          next 1, reserved 1, offset 13 bits, 0, more 1, identification 4
///     authentication    next 1, length 1 in words of four less two, content
struct ExtensionHeaders {
  /// What follows the last one.
  var next: UInt8
  /// Set where the packet is a part of a datagram: what is behind then belongs to the datagram.
  var fragment: IPHeader.Fragment?

  /// Headers read in one packet.
  static let maximumCount = 16

  /// - Parameter first: the number of the first header.
  init(_ first: UInt8, isIPv6: Bool, _ reader: inout ByteReader) throws(WireError) {
    next = first
    var walked = 0
    while true {
      switch next {
      case 0, 43, 60, 135, 139, 140:
        guard isIPv6 else { return }
        next = try reader.readUInt8()
        try reader.skip(Int(try reader.readUInt8()) * 8 + 6)
      case 51:
        next = try reader.readUInt8()
        try reader.skip(Int(try reader.readUInt8()) * 4 + 6)
      case 44:
        guard isIPv6 else { return }
        next = try reader.readUInt8()
        try reader.skip(1)
        let position = try reader.readUInt16()
        let identification = try reader.readUInt32()
        // An atomic fragment (RFC 6946) is a whole packet.
        if position & 0xfff9 != 0 {
          fragment = IPHeader.Fragment(
            identification: identification, offset: Int(position & 0xfff8),
            moreFollow: position & 1 != 0)
          return
        }
      default:
        return
      }
      walked += 1
      guard walked <= Self.maximumCount else {
        throw .invalid(.extensionHeaderChain, offset: reader.offset)
      }
    }
  }
}

extension IPHeader {
  /// The headers at the start of a datagram that was put together: those that stood behind its fragment header.
  package struct Remainder: Sendable {
    package var transportProtocol: UInt8
    /// Octets before the transport header.
    package var headerLength: Int

    /// - Throws: ``WireError/invalid(_:offset:)`` with `.extensionHeaderChain` for a further fragment header.
    package init(parsing payload: RawSpan, after next: UInt8, isIPv6: Bool) throws(WireError) {
      var reader = ByteReader(payload)
      let headers = try ExtensionHeaders(next, isIPv6: isIPv6, &reader)
      guard headers.fragment == nil else {
        throw .invalid(.extensionHeaderChain, offset: reader.offset)
      }
      transportProtocol = headers.next
      headerLength = reader.offset
    }
  }
}
