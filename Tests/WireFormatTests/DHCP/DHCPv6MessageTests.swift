import Testing
import WireFormat

@Suite("DHCPv6 messages (RFC 8415)")
struct DHCPv6MessageTests {
  static func option(_ code: Int, _ value: [UInt8]) -> [UInt8] {
    [UInt8(code >> 8), UInt8(code & 255)] + ParserSamples.vector16(value)
  }

  /// DUID-LLT of 02:00:5e:10:20:30.
  static let duid = option(1, ParserSamples.octets("0001 0001 2a2b2c2d 02005e102030"))
  static let name = option(39, [1] + ParserSamples.octets("07 4c61702d303134 07 6578616d706c65 00"))
  /// An address of an IA_NA, valid for an hour.
  static let address = option(
    5, ParserSamples.octets("20010db8000000000000000000000042 00000e10 00000e10"))
  static let association = option(3, [UInt8](repeating: 1, count: 12) + address)
  /// A request.
  static let example: [UInt8] = [3, 0xab, 0xcd, 0xef] + duid + association + name

  static func relayed(_ message: [UInt8]) -> [UInt8] {
    [12, 0] + [UInt8](repeating: 0x20, count: 32) + option(9, message)
  }

  private func parse(_ octets: [UInt8]) throws(WireError) -> DHCPv6Message {
    try DHCPv6Message(parsing: octets.wire)
  }

  @Test func readsARequest() throws {
    let message = try parse(Self.example)
    #expect(message.messageType == 3 && message.transactionID == 0xab_cdef)
    #expect(!message.isReply && !message.isRelayed)
    #expect(message.clientMAC?.description == "02:00:5e:10:20:30")
    #expect(message.address(0)?.description == "2001:db8::42" && message.address(1) == nil)
    #expect(message.hostName.map { Self.example.wire.lowercasedText($0) } == "lap-014")
  }

  @Test("a relayed message stands for the one within, eight deep")
  func readsRelayedMessages() throws {
    var octets = Self.example
    for _ in 0..<8 { octets = Self.relayed(octets) }
    let message = try parse(octets)
    #expect(message.isRelayed && message.messageType == 3 && message.addressCount == 1)
    #expect(throws: WireError.invalid(.dhcpMessageType, offset: 8 * 38)) {
      try parse(Self.relayed(octets))
    }
  }

  @Test(
    "identifiers without an Ethernet address name nobody",
    arguments: ["0002 00001234 0102", "0004 00112233445566778899aabbccddeeff", "0003 0006 0102"])
  func passesOverOtherIdentifiers(duid: String) throws {
    let octets = [1, 0, 0, 1] + Self.option(1, ParserSamples.octets(duid))
    #expect(try parse(octets).clientMAC == nil)
  }

  @Test("of many addresses four are kept")
  func boundsAddresses() throws {
    let many = (0..<9).flatMap { _ in Self.address }
    let octets = [7, 0, 0, 1] + Self.option(3, [UInt8](repeating: 0, count: 12) + many)
    #expect(try parse(octets).addressCount == DHCPv6Message.maximumAddressCount)
  }

  @Test("every prefix is truncated, or ends before an option")
  func reportsTruncation() {
    let edges = [4, 4 + Self.duid.count, 4 + Self.duid.count + Self.association.count]
    for length in 0..<Self.example.count where !edges.contains(length) {
      let prefix = Array(Self.example.prefix(length))
      #expect { try parse(prefix) } throws: { ($0 as? WireError)?.isTruncated == true }
    }
  }

  @Test(
    "bad fields",
    arguments: [
      ([0, 0, 0, 0], WireError.invalid(.dhcpMessageType, offset: 0)),
      ([14, 0, 0, 0], .invalid(.dhcpMessageType, offset: 0)),
      ([1, 0, 0, 0, 0, 39, 0, 3, 0, 0xc0, 12], .invalid(.dhcpName, offset: 9)),
      (
        [7, 0, 0, 0] + option(3, [UInt8](repeating: 0, count: 12) + option(5, [1])),
        .invalid(.dhcpOption, offset: 20)
      ),
    ] as [([UInt8], WireError)])
  func throwsOnBadFields(octets: [UInt8], error: WireError) {
    #expect(throws: error) { try parse(octets) }
  }

  @Test func neverTrapsOnMutatedMessages() {
    ParserSamples.sweep(Self.relayed(Self.example)) { _ = try? parse($0) }
  }
}
