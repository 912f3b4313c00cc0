import Testing
import WireFormat

@Suite("QUIC long header (RFC 9000, section 17.2; RFC 8999)")
struct QUICLongHeaderTests {
  private func parse(_ octets: [UInt8], at start: Int = 0) throws(WireError) -> QUICLongHeader {
    try QUICLongHeader(parsing: octets.wire, at: start)
  }

  @Test func readsTheClientInitialOfRFC9001() throws {
    let packet = QUICVectors.clientV1
    let header = try parse(packet)
    #expect(header.version == .v1)
    #expect(header.type == .initial)
    #expect(header.hasFixedBit)
    #expect(header.destinationConnectionID == 6..<14)
    #expect(header.sourceConnectionID == 15..<15)
    #expect(header.token == 16..<16)
    #expect(header.packetNumberOffset == 18)
    #expect(header.end == 1_200)
    let next = header.nextPacketOffset(in: packet.wire)
    #expect(next == nil)
  }

  @Test("type bits differ between the versions")
  func mapsTypes() throws {
    #expect(try parse(QUICVectors.clientV2).type == .initial)
    #expect(try parse(QUICVectors.retryV1).type == .retry)
    let v1: [QUICLongHeader.PacketType] = [.initial, .zeroRTT, .handshake, .retry]
    let v2: [QUICLongHeader.PacketType] = [.retry, .initial, .zeroRTT, .handshake]
    for bits in 0..<4 {
      let first = 0xc0 | UInt8(bits) << 4
      #expect(try parse([first, 0, 0, 0, 1, 0, 0, 0, 0]).type == v1[bits])
      #expect(try parse([first, 0xff, 0, 0, 29, 0, 0, 0, 0]).type == v1[bits])
      #expect(try parse([first, 0x6b, 0x33, 0x43, 0xcf, 0, 0, 0, 0]).type == v2[bits])
    }
  }

  @Test func tellsVersions() {
    let cases: [(UInt32, QUICVersion, Bool)] = [
      (1, .v1, true), (0x6b33_43cf, .v2, true), (0xff00_001d, .draft(29), true),
      (0xff00_0022, .draft(34), true), (0xff00_0016, .draft(22), true),
      (0xff00_0015, .unknown(0xff00_0015), false), (0xff00_0023, .unknown(0xff00_0023), false),
      (0, .negotiation, false), (0x0a0a_0a0a, .unknown(0x0a0a_0a0a), false),
      (0x5130_3436, .googleCrypto(46), false), (0xface_b002, .draft(27), true),
      (0x5430_3530, .google(50), true), (0x5430_3531, .google(51), true),
      (0x5130_3530, .googleCrypto(50), true), (0x5130_3132, .googleCrypto(12), false),
      (0x5130_3131, .unknown(0x5130_3131), false), (0x5130_3531, .unknown(0x5130_3531), false),
      (0x5130_3341, .unknown(0x5130_3341), false), (0x5131_3433, .unknown(0x5131_3433), false),
      (0x709a_50c4, .v2Draft, true),
    ]
    for (number, version, isReadable) in cases {
      #expect(QUICVersion(number: number) == version)
      #expect(version.isReadable == isReadable)
    }
  }

  @Test func readsATokenAndSkipsToTheNextPacket() throws {
    let initial: [UInt8] = [0xc0, 0, 0, 0, 1, 1, 0xaa, 1, 0xbb, 3, 7, 8, 9, 0x40, 2, 0x11, 0x22]
    let header = try parse(initial + [0xe0, 1])
    #expect(header.token == 10..<13)
    #expect(header.packetNumberOffset == 15)
    #expect(header.end == 17)
    let ends: [[UInt8]] = [[0xe0, 1], [0x40, 1], [0, 0], [], [0, 0, 0xe0, 1], [0, 0x40]]
    let next = ends.map { header.nextPacketOffset(in: (initial + $0).wire) }
    #expect(next == [17, nil, nil, nil, 19, nil])
  }

  @Test("of an unknown version the invariants are read")
  func readsInvariants() throws {
    let longIDs: [UInt8] =
      [0x80, 0x0a, 0x0a, 0x0a, 0x0a, 30] + [UInt8](repeating: 1, count: 30) + [1, 2, 9, 9]
    let header = try parse(longIDs)
    #expect(header.type == .unknown)
    #expect(!header.hasFixedBit)
    #expect(header.destinationConnectionID == 6..<36)
    #expect(header.sourceConnectionID == 37..<38)
    #expect(header.packetNumberOffset == 38)
    #expect(header.end == longIDs.count)
  }

  @Test func readsAVersionNegotiation() throws {
    let header = try parse([0x80, 0, 0, 0, 0, 0, 1, 5, 0, 0, 0, 1])
    #expect(header.type == .versionNegotiation)
    #expect(header.sourceConnectionID == 7..<8)
  }

  @Test(
    "bad fields",
    arguments: [
      ([0x40, 0, 0, 0, 1, 0, 0], WireError.invalid(.quicHeaderForm, offset: 0)),
      ([0xc0, 0, 0, 0, 1, 21], .invalid(.quicConnectionIDLength, offset: 5)),
      ([0xc0, 0, 0, 0, 1, 0, 21], .invalid(.quicConnectionIDLength, offset: 6)),
      ([0xc0, 0, 0, 0, 1, 0, 0, 2, 0], .truncated(offset: 8, needed: 2, available: 1)),
      ([0xc0, 0, 0, 0, 1, 0, 0, 0, 2, 0], .truncated(offset: 9, needed: 2, available: 1)),
      ([0xe0, 0, 0, 0, 1, 0, 0, 0x41], .truncated(offset: 7, needed: 2, available: 1)),
    ])
  func throwsOnBadFields(octets: [UInt8], error: WireError) {
    #expect(throws: error) { try parse(octets) }
  }

  @Test func lengthsOf62BitsAreTruncated() {
    let octets: [UInt8] = [0xc0, 0, 0, 0, 1, 0, 0] + [UInt8](repeating: 0xff, count: 8)
    #expect(
      throws: WireError.truncated(offset: 15, needed: 0x3fff_ffff_ffff_ffff, available: 0)
    ) { try parse(octets) }
  }

  @Test("a start outside the datagram is truncated", arguments: [-1, 10, .max, .min])
  func boundsTheStart(start: Int) {
    #expect { try parse([0xc0, 0, 0, 0, 1, 0, 0, 0, 0], at: start) } throws: {
      ($0 as? WireError)?.isTruncated == true
    }
  }

  @Test func tellsShortHeaders() {
    let packet = [UInt8](repeating: 0x41, count: 21)
    let answers = [0, 1].map { QUICShortHeader.canBegin(at: $0, in: packet.wire) }
    #expect(answers == [true, false])
    let longHeader = QUICVectors.clientV1
    let isShort = QUICShortHeader.canBegin(at: 0, in: longHeader.wire)
    #expect(!isShort)
  }

  @Test func neverTrapsOnMutatedHeaders() {
    ParserSamples.sweep(Array(QUICVectors.clientV1.prefix(60))) { octets in
      for start in [0, 1, 30] { _ = try? parse(octets, at: start) }
    }
  }
}
