import Testing
import WireFormat

@Suite("Packets of Google's QUIC in the clear")
struct GooglePacketTests {
  private func parse(_ octets: [UInt8], version: UInt8? = nil) throws(WireError) -> GooglePacket {
    try GooglePacket(parsing: octets.wire, version: version)
  }

  /// Flags, connection ID, version, packet number of one octet, hash, a frame.
  static let q043: [UInt8] =
    [0x0d] + GoogleSample.connectionID + Array("Q043".utf8) + [1] + GoogleSample.hash
    + GoogleSample.stream(GoogleSample.chlo)
  /// First octet, version, lengths of connection IDs, packet number of four octets, hash, a frame.
  static let q046: [UInt8] =
    [0xc3] + Array("Q046".utf8) + [0x50] + GoogleSample.connectionID + [0, 0, 0, 1]
    + GoogleSample.hash + GoogleSample.stream(GoogleSample.chlo)

  private func begins(_ octets: [UInt8]) -> Bool { GooglePacket.begins(octets.wire) }

  @Test func readsAPublicHeader() throws {
    let packet = try parse(Self.q043)
    #expect(packet.version == 43)
    #expect(packet.connectionID == 1..<9)
    #expect(packet.packetNumberByteCount == 1)
    #expect(packet.frames == 26..<Self.q043.count)
    #expect(begins(Self.q043))
  }

  @Test("private flags, and the octet of a group, stand before the frames of Q033 and older")
  func readsPrivateFlags() throws {
    var old = Self.q043
    old.replaceSubrange(9..<13, with: Array("Q033".utf8))
    old[26] = 1
    #expect(try parse(old).frames.lowerBound == 27)
    old[26] = 2
    #expect(try parse(old).frames.lowerBound == 28)
    old[26] = 4
    #expect(throws: WireError.invalid(.quicHeaderForm, offset: 26)) { try parse(old) }
  }

  @Test("the flags say how long the packet number is", arguments: zip([0, 1, 2, 3], [1, 2, 4, 6]))
  func readsNumberLengths(bits: Int, count: Int) throws {
    var octets = Self.q043
    octets[0] |= UInt8(bits << 4)
    #expect(try parse(octets).packetNumberByteCount == count)
    #expect(try parse(octets).frames.lowerBound == 25 + count)
  }

  @Test("a packet that states no version is read by that of its connection")
  func readsByAKnownVersion() throws {
    let octets =
      [0x0c] + GoogleSample.connectionID + [7] + GoogleSample.hash
      + GoogleSample.stream(GoogleSample.chlo)
    #expect(try parse(octets, version: 39).frames.lowerBound == 22)
    #expect(throws: WireError.invalid(.quicVersion, offset: 9)) { try parse(octets) }
    #expect(throws: WireError.invalid(.quicVersion, offset: 9)) { try parse(octets, version: 46) }
    #expect(!begins(octets))
  }

  @Test func readsLongHeaders() throws {
    let packet = try parse(Self.q046)
    #expect(packet.version == 46)
    #expect(packet.connectionID == 6..<14)
    #expect(packet.packetNumberByteCount == 4)
    #expect(packet.frames == 30..<Self.q046.count)

    var older = Self.q046
    older.replaceSubrange(0..<5, with: [0xff] + Array("Q044".utf8))
    #expect(try parse(older).frames == 30..<Self.q046.count)
    // Q049: connection IDs with a length each, a token, a length.
    let frame = GoogleSample.stream(GoogleSample.chlo)
    let length = 1 + 12 + frame.count
    let newer =
      [0xc0] + Array("Q049".utf8) + [8] + GoogleSample.connectionID + [0, 0]
      + [0x40 | UInt8(length >> 8), UInt8(length & 255), 1] + GoogleSample.hash + frame
    #expect(try parse(newer).frames == 31..<newer.count)
  }

  @Test("every prefix without a frame is truncated", arguments: [q043.prefix(26), q046.prefix(30)])
  func reportsTruncation(head: ArraySlice<UInt8>) {
    for length in 0..<head.count {
      #expect { try parse(Array(head.prefix(length))) } throws: {
        ($0 as? WireError)?.isTruncated == true
      }
    }
  }

  @Test("bad fields")
  func throwsOnBadFields() {
    let cases: [(at: Int, UInt8, WireError)] = [
      // A reset, one without a connection ID, a path.
      (0, 0x0f, .invalid(.quicHeaderForm, offset: 0)),
      (0, 0x05, .invalid(.quicHeaderForm, offset: 0)),
      (0, 0x4d, .invalid(.quicHeaderForm, offset: 0)),
      (9, 0x54, .invalid(.quicVersion, offset: 9)),
      (11, 0x3a, .invalid(.quicVersion, offset: 9)),
      // Q046 has a long header.
      (12, 0x36, .invalid(.quicVersion, offset: 9)),
    ]
    for (offset, octet, error) in cases {
      var octets = Self.q043
      octets[offset] = octet
      #expect(throws: error) { try parse(octets) }
    }
    // 0-RTT of Q046 is protected; Q050 is altogether.
    var octets = Self.q046
    octets[0] = 0xd3
    #expect(throws: WireError.invalid(.quicHeaderForm, offset: 0)) { try parse(octets) }
    let protected: [UInt8] = [0xc0] + Array("Q050".utf8) + [0, 0, 0, 2, 0, 0]
    #expect(throws: WireError.invalid(.quicVersion, offset: 1)) { try parse(protected) }
  }

  @Test func neverTrapsOnMutatedPackets() {
    for sample in [Self.q043, Self.q046] {
      ParserSamples.sweep(sample) {
        _ = try? parse($0)
        _ = begins($0)
      }
    }
  }
}
