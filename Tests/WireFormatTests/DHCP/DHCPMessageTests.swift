import Testing
import WireFormat

@Suite("DHCPv4 messages (RFC 2131, RFC 2132)")
struct DHCPMessageTests {
  /// A message of the client 02:00:5e:10:20:30 with the given options.
  static func message(_ options: [UInt8], reply: Bool = false) -> [UInt8] {
    [reply ? 2 : 1, 1, 6, 0, 0xca, 0xfe, 0, 1] + [0, 0, 0, 0] + [10, 20, 0, 9]
      + (reply ? [10, 20, 0, 7] : [0, 0, 0, 0]) + [UInt8](repeating: 0, count: 8)
      + [0x02, 0x00, 0x5e, 0x10, 0x20, 0x30] + [UInt8](repeating: 0, count: 10 + 64 + 128)
      + [99, 130, 83, 99] + options
  }

  /// A request (option 53) for 10.20.0.7 (50) by `Desk-12` (12) and `desk-12.example.net` (81).
  static let options: [UInt8] =
    [53, 1, 3, 0, 50, 4, 10, 20, 0, 7, 12, 8] + Array("Desk-12\0".utf8) + [81, 22, 0, 0, 0]
    + Array("desk-12.example.net".utf8) + [255]
  static let example = message(options)

  private func parse(_ octets: [UInt8]) throws(WireError) -> DHCPMessage {
    try DHCPMessage(parsing: octets.wire)
  }

  private func name(_ options: [UInt8]) throws(WireError) -> String? {
    let octets = Self.message(options)
    return try DHCPMessage(parsing: octets.wire).clientName(in: octets.wire)
  }

  @Test func readsARequest() throws {
    let message = try parse(Self.example)
    #expect(!message.isReply)
    #expect(message.transactionID == 0xcafe_0001)
    #expect(message.hardwareAddress?.description == "02:00:5e:10:20:30")
    #expect(message.clientAddress?.description == "10.20.0.9")
    #expect(message.yourAddress == nil)
    #expect(message.messageType == .request)
    #expect(message.requestedAddress?.description == "10.20.0.7")
    #expect(try name(Self.options) == "desk-12")
  }

  @Test func readsAnAcknowledgement() throws {
    let message = try parse(Self.message([53, 1, 5, 51, 4, 0, 0, 0x0e, 0x10, 255], reply: true))
    #expect(message.isReply)
    #expect(message.messageType == .acknowledge)
    #expect(message.yourAddress?.description == "10.20.0.7")
    #expect(message.leaseTime == 3_600)
  }

  @Test(
    "the client's name",
    arguments: [
      ([12, 3, 0x41, 0x62, 0x63], "abc"),
      ([81, 8, 4, 0, 0, 4, 0x64, 0x65, 0x73, 0x6b], "desk"),  // labels
      ([81, 7, 0, 0, 0, 0x61, 0x2e, 0x62, 0x63], "a"),  // text
      ([12, 2, 0x61, 0x0a, 81, 4, 0, 0, 0, 0x62], "b"),
      ([12, 2, 0, 0], nil), ([12, 2, 0x61, 0x0a], nil), ([81, 5, 4, 0, 0, 9, 0x61], nil),
      ([255], nil),
      ([12, 1, 0x61, 12, 1, 0x62], "a"),
    ] as [([UInt8], String?)])
  func readsNames(options: [UInt8], expected: String?) throws {
    #expect(try name(options) == expected)
  }

  @Test("other hardware has no Ethernet address")
  func checksHardware() throws {
    var octets = Self.example
    octets[1] = 6
    #expect(try parse(octets).hardwareAddress == nil)
  }

  @Test("every prefix is truncated, or ends between two options")
  func reportsTruncation() {
    let edges = [240, 243, 244, 250, 260, 284]
    for length in 0..<Self.example.count where !edges.contains(length) {
      let prefix = Array(Self.example.prefix(length))
      #expect { try parse(prefix) } throws: { ($0 as? WireError)?.isTruncated == true }
    }
  }

  /// Offset, the octet put there, and the error.
  @Test(
    "bad fields",
    arguments: [
      (0, 3, WireError.invalid(.dhcpOperation, offset: 0)),
      (2, 17, .invalid(.dhcpHardwareLength, offset: 2)),
      (239, 0, .invalid(.dhcpMagic, offset: 236)),
      (241, 2, .invalid(.dhcpOption, offset: 240)),
      (245, 5, .invalid(.dhcpOption, offset: 244)),
      (261, 2, .invalid(.dhcpOption, offset: 260)),
      (261, 99, .truncated(offset: 262, needed: 99, available: 23)),
    ] as [(Int, UInt8, WireError)])
  func throwsOnBadFields(offset: Int, octet: UInt8, error: WireError) {
    var octets = Self.example
    octets[offset] = octet
    #expect(throws: error) { try parse(octets) }
  }

  @Test func anUnknownMessageTypeIsNone() throws {
    #expect(try parse(Self.message([53, 1, 99])).messageType == nil)
  }

  @Test func neverTrapsOnMutatedMessages() {
    ParserSamples.sweep(Self.example, rounds: 2_000) { octets in
      _ = (try? parse(octets))?.clientName(in: octets.wire)
    }
  }
}
