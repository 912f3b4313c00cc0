import Testing
import WireFormat

@Suite("STUN and TURN (RFC 8489, RFC 8656)")
struct STUNMessageTests {
  /// The header of a message with attributes of `count` octets.
  static func header(_ type: UInt16, _ count: Int) -> [UInt8] {
    [UInt8(type >> 8), UInt8(type & 255), UInt8(count >> 8), UInt8(count & 255)]
      + [0x21, 0x12, 0xa4, 0x42] + [UInt8](repeating: 0x37, count: 12)
  }

  /// A Data indication: XOR-PEER-ADDRESS, then DATA of three octets and one of padding.
  static let indication: [UInt8] =
    header(0x0017, 20) + [0, 0x12, 0, 8, 0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43]
    + [0, 0x13, 0, 3, 0xaa, 0xbb, 0xcc, 0]

  private func channelData(_ octets: [UInt8]) -> Range<Int>? {
    ChannelData.range(in: octets.wire)
  }

  @Test("the request of RFC 5769, section 2.1, is read")
  func readsARequest() throws {
    let request = ParserSamples.octets(
      """
      000100582112a442b7e7a701bc34d686fa87dfae 802200105354554e207465737420636c69656e74
      002400046e0001ff 80290008932ff9b151263b36 000600096576746a3a68367659202020 00080014
      9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2 80280004e57a3bcf
      """)
    let message = try STUNMessage(parsing: request.wire)
    #expect(message.type == 1)
    #expect(message.data.isEmpty)
  }

  @Test("the data of an indication is found")
  func findsData() throws {
    #expect(try STUNMessage(parsing: Self.indication.wire).data == 36..<39)
  }

  @Test("every proper prefix is truncated", arguments: 0..<indication.count)
  func reportsTruncation(length: Int) {
    let prefix = Array(Self.indication.prefix(length))
    #expect {
      try STUNMessage(parsing: prefix.wire)
    } throws: {
      ($0 as? WireError)?.isTruncated == true
    }
  }

  /// Offset, the octet put there, and where it is wrong.
  @Test("bad fields", arguments: [(0, 0x40, 0), (3, 18, 2), (3, 16, 2), (7, 0x43, 4)])
  func throwsOnBadFields(offset: Int, octet: UInt8, place: Int) {
    var octets = Self.indication
    octets[offset] = octet
    #expect(throws: WireError.invalid(.stunHeader, offset: place)) {
      try STUNMessage(parsing: octets.wire)
    }
  }

  @Test("attributes that lie have no data")
  func leavesBadAttributes() throws {
    let lie = Self.header(0x0016, 8) + [0, 0x13, 0xff, 0xff, 1, 2, 3, 4]
    #expect(try STUNMessage(parsing: lie.wire).data.isEmpty)
  }

  @Test("channel data is told by its number and length")
  func readsChannelData() {
    #expect(channelData([0x40, 1, 0, 2, 7, 7]) == 4..<6)
    #expect(channelData([0x4f, 1, 0, 2, 7, 7, 0, 0]) == 4..<6)
    for octets: [UInt8] in [
      [0x3f, 1, 0, 2, 7, 7], [0x50, 1, 0, 2, 7, 7], [0x40, 1, 0, 3, 7, 7], [0x40, 1, 0],
      [0x40, 1, 0, 0, 1, 2, 3, 4],
    ] {
      #expect(channelData(octets) == nil, "\(octets)")
    }
  }

  @Test func neverTrapsOnMutatedMessages() {
    ParserSamples.sweep(Self.indication) {
      _ = try? STUNMessage(parsing: $0.wire)
      _ = ChannelData.range(in: $0.wire)
    }
  }
}
