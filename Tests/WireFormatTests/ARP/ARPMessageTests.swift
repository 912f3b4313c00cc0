import Testing
import WireFormat

@Suite("ARP (RFC 826)")
struct ARPMessageTests {
  /// 02:00:5e:10:20:30 at 10.0.0.5 asks who has 10.0.0.1.
  static let request = ParserSamples.octets(
    "0001 0800 06 04 0001 02005e102030 0a000005 000000000000 0a000001")

  private func parse(_ octets: [UInt8]) throws(WireError) -> ARPMessage {
    try ARPMessage(parsing: octets.wire)
  }

  @Test func readsARequest() throws {
    let message = try parse(Self.request)
    #expect(!message.isReply)
    #expect(message.senderMAC.description == "02:00:5e:10:20:30")
    #expect(message.senderAddress?.description == "10.0.0.5")
    #expect(message.targetAddress.description == "10.0.0.1")
  }

  @Test("a probe for a free address has no sender; padding is passed over")
  func readsAProbe() throws {
    var octets = Self.request + [UInt8](repeating: 0, count: 18)
    octets.replaceSubrange(14..<18, with: [0, 0, 0, 0])
    octets[7] = 2
    let message = try parse(octets)
    #expect(message.senderAddress == nil && message.isReply)
  }

  @Test("every proper prefix is truncated", arguments: 0..<request.count)
  func reportsTruncation(length: Int) {
    let prefix = Array(Self.request.prefix(length))
    #expect { try parse(prefix) } throws: { ($0 as? WireError)?.isTruncated == true }
  }

  @Test(
    "bad fields", arguments: [(1, 6, 0), (2, 0x86, 2), (4, 8, 4), (5, 16, 4), (7, 3, 6), (7, 0, 6)])
  func throwsOnBadFields(place: Int, octet: UInt8, offset: Int) {
    var octets = Self.request
    octets[place] = octet
    #expect(throws: WireError.invalid(.arpHardware, offset: offset)) { try parse(octets) }
  }
}
