import Testing

@testable import WireFormat

@Suite("Headers between IP and transport (RFC 8200, section 4; RFC 4302)")
struct ExtensionHeadersTests {
  /// An authentication header of 24 octets before UDP (RFC 4302, section 2: the length is in words of four, less two).
  static let authentication = ParserSamples.octets(
    "11 04 0000 00000001 00000002 000102030405060708090a0b")

  static func v4(_ extensions: [UInt8]) -> [UInt8] {
    var packet = Array(IPHeaderTests.v4[..<20] + extensions + IPHeaderTests.v4[20...])
    packet[3] += UInt8(extensions.count)
    packet[9] = 51
    return packet
  }

  @Test("an authentication header is passed over in IPv4 too")
  func passesOverAuthentication() throws {
    let header = try IPHeaderTests.parse(Self.v4(Self.authentication))
    #expect(header.transportProtocol == 17)
    #expect(header.headerLength == 44 && header.totalLength == 56 && header.capturedEnd == 56)
  }

  @Test func reportsTruncation() {
    for length in 20..<44 {
      #expect {
        try IPHeaderTests.parse(
          Array(Self.v4(Self.authentication).prefix(length)), originalLength: 56)
      } throws: { error in
        (error as? WireError)?.isTruncated ?? false
      }
    }
  }

  @Test("one that reaches past the total length is refused")
  func refusesLongHeaders() {
    var packet = Self.v4(Self.authentication)
    packet[3] = 40
    #expect(throws: WireError.invalid(.ipTotalLength, offset: 2)) {
      try IPHeaderTests.parse(packet)
    }
  }

  @Test("headers of IPv6 are none in IPv4")
  func keepsFamiliesApart() throws {
    var packet = IPHeaderTests.v4
    packet[9] = 60
    #expect(try IPHeaderTests.parse(packet).transportProtocol == 60)
  }

  @Test("in a datagram that was put together the walk goes on; a second fragment header ends it")
  func walksOn() throws {
    let options: [UInt8] = [17, 0, 1, 4, 0, 0, 0, 0]
    let rest = try IPHeader.Remainder(parsing: options.wire, after: 60, isIPv6: true)
    #expect(rest.transportProtocol == 17 && rest.headerLength == 8)
    let none = try IPHeader.Remainder(parsing: options.wire, after: 17, isIPv6: true)
    #expect(none.transportProtocol == 17 && none.headerLength == 0)
    let fragment: [UInt8] = [17, 0, 0, 1, 0, 0, 0, 9]
    #expect(throws: WireError.invalid(.extensionHeaderChain, offset: 8)) {
      _ = try IPHeader.Remainder(parsing: fragment.wire, after: 44, isIPv6: true)
    }
  }
}
