import Testing

@testable import WireFormat

@Suite("IP headers (RFC 791; RFC 8200)")
struct IPHeaderTests {
  /// A UDP packet from 10.0.0.5 to 192.0.2.10 with four octets of payload after its UDP header.
  static let v4 = ParserSamples.octets(
    "45000020 0007 0000 40 11 0000 0a000005 c000020a 1234 0035 000c 0000 61626364")

  /// The same from 2001:db8::5 to 2001:db8::a.
  static let v6 = ParserSamples.octets(
    """
    60000000 000c 11 40 20010db8000000000000000000000005 20010db800000000000000000000000a
    1234 0035 000c 0000 61626364
    """)

  static func parse(_ octets: [UInt8], originalLength: Int? = nil) throws(WireError) -> IPHeader {
    try IPHeader(parsing: octets.wire, originalLength: originalLength ?? octets.count)
  }

  /// `v6` with extension headers before its UDP header; the first one's number comes first.
  static func v6(_ first: UInt8, _ extensions: [UInt8]) -> [UInt8] {
    var octets = v6[..<40] + extensions + v6[40...]
    octets[5] = UInt8(12 + extensions.count)
    octets[6] = first
    return Array(octets)
  }

  @Test func readsIPv4() throws {
    let header = try Self.parse(Self.v4)
    #expect(header.source.description == "10.0.0.5")
    #expect(header.destination.description == "192.0.2.10")
    #expect(header.transportProtocol == 17)
    #expect(header.totalLength == 32 && header.headerLength == 20 && header.capturedEnd == 32)
    #expect(header.fragment == nil)
  }

  private static func plain(_ octets: [UInt8]) -> IPHeader? { IPHeader(plainV4: octets.wire) }

  @Test("the short way takes plain IPv4 alone, and reads it as the long way does")
  func readsPlainIPv4() throws {
    for packet in [Self.v4, Self.v4 + [0, 0], Array(Self.v4[..<20])] {
      let plain = try #require(Self.plain(packet))
      let whole = try Self.parse(packet)
      #expect("\(plain)" == "\(whole)")
    }
    // Version and header length, flags and offset, total length, an authentication header, a cut.
    for (place, value) in [(0, 0x46), (0, 0x65), (6, 0x20), (7, 1), (3, 0), (3, 19), (9, 51)] {
      var packet = Self.v4
      packet[place] = UInt8(value)
      #expect(Self.plain(packet) == nil)
    }
    #expect(Self.plain(Array(Self.v4[..<19])) == nil)
    var mayNotFragment = Self.v4
    mayNotFragment[6] = 0x40
    #expect(Self.plain(mayNotFragment) != nil)
  }

  @Test func readsIPv6() throws {
    let header = try Self.parse(Self.v6)
    #expect(header.source.description == "2001:db8::5")
    #expect(header.destination.description == "2001:db8::a")
    #expect(header.transportProtocol == 17)
    #expect(header.totalLength == 52 && header.headerLength == 40 && header.capturedEnd == 52)
  }

  @Test("a header cut anywhere is truncated, a payload is not")
  func reportsTruncation() {
    for (packet, headerLength) in [(Self.v4, 20), (Self.v6, 40)] {
      for length in 0..<packet.count {
        do throws(WireError) {
          let header = try Self.parse(
            Array(packet.prefix(length)), originalLength: packet.count)
          #expect(length >= headerLength)
          #expect(header.capturedEnd == length && header.totalLength == packet.count)
        } catch {
          #expect(error.isTruncated && length < headerLength)
        }
      }
    }
  }

  @Test("IPv4 options are skipped, up to 40 octets of them")
  func skipsOptions() throws {
    for words in [1, 10] {
      var packet = Array(Self.v4[..<20] + [UInt8](repeating: 1, count: 4 * words) + Self.v4[20...])
      packet[0] = 0x45 + UInt8(words)
      packet[3] += UInt8(4 * words)
      let header = try Self.parse(packet)
      #expect(header.headerLength == 20 + 4 * words)
      #expect(throws: WireError.self) { try Self.parse(Array(packet.prefix(20 + 4 * words - 1))) }
    }
  }

  @Test("link padding is left out")
  func leavesOutPadding() throws {
    for packet in [Self.v4, Self.v6] {
      let header = try Self.parse(packet + [UInt8](repeating: 0, count: 14))
      #expect(header.capturedEnd == packet.count && header.totalLength == packet.count)
    }
  }

  @Test("a total length of zero is an offload packet: the capture's length stands in")
  func readsOffloadPackets() throws {
    var v4 = Self.v4
    v4[3] = 0
    var v6 = Self.v6
    v6[5] = 0
    for packet in [v4, v6] {
      #expect(try Self.parse(packet, originalLength: 70_000).totalLength == 70_000)
      #expect(try Self.parse(packet, originalLength: 70_000).capturedEnd == packet.count)
      #expect(try Self.parse(packet, originalLength: -5).totalLength == packet.count)
    }
  }

  @Test("a fragment tells its place")
  func readsFragments() throws {
    var first = Self.v4
    first[6] = 0x20
    #expect(try Self.parse(first).fragment?.offset == 0)
    #expect(try Self.parse(first).fragment?.moreFollow == true)
    var last = Self.v4
    last[6] = 0x1f
    last[7] = 0xff
    #expect(try Self.parse(last).fragment?.offset == 65_528)
    #expect(try Self.parse(last).fragment?.moreFollow == false)
    #expect(try Self.parse(last).fragment?.identification == 7)
    // "Don't fragment" is no fragment.
    var whole = Self.v4
    whole[6] = 0x40
    #expect(try Self.parse(whole).fragment == nil)
  }

  @Test("extension headers of each kind are walked")
  func walksExtensionHeaders() throws {
    let padding: [UInt8] = [1, 4, 0, 0, 0, 0]
    for type in [0, 43, 60, 135, 139, 140] as [UInt8] {
      let header = try Self.parse(Self.v6(type, [17, 0] + padding))
      #expect(header.transportProtocol == 17 && header.headerLength == 48)
    }
    // Hop-by-hop of sixteen octets, then an authentication header of 24 (its length in words of four, less two).
    let chain =
      [51, 1] + padding + [UInt8](repeating: 0, count: 8) + [17, 4]
      + [UInt8](repeating: 0, count: 22)
    let header = try Self.parse(Self.v6(0, chain))
    #expect(header.transportProtocol == 17 && header.headerLength == 40 + 40)
  }

  @Test("an IPv6 fragment tells its place, an atomic one is a whole packet (RFC 6946)")
  func readsFragmentHeaders() throws {
    let atomic = try Self.parse(Self.v6(44, [17, 0, 0, 0, 0, 0, 0, 9]))
    #expect(atomic.fragment == nil && atomic.transportProtocol == 17)
    let first = try Self.parse(Self.v6(44, [17, 0, 0, 1, 1, 2, 3, 4]))
    #expect(first.fragment?.identification == 0x0102_0304)
    #expect(first.fragment?.offset == 0 && first.fragment?.moreFollow == true)
    let last = try Self.parse(Self.v6(44, [17, 0, 0x01, 0x00, 0, 0, 0, 9]))
    #expect(last.fragment?.offset == 256 && last.fragment?.moreFollow == false)
  }

  @Test("headers behind a fragment header are part of what is put together")
  func stopsAtFragments() throws {
    let options: [UInt8] = [17, 0, 1, 4, 0, 0, 0, 0]
    let first = try Self.parse(Self.v6(44, [60, 0, 0, 1, 0, 0, 0, 9] + options))
    #expect(first.headerLength == 48 && first.transportProtocol == 60)
  }

  @Test("seventeen extension headers are too many")
  func capsTheChain() throws {
    let one: [UInt8] = [60, 0, 1, 4, 0, 0, 0, 0]
    let last: [UInt8] = [17, 0, 1, 4, 0, 0, 0, 0]
    let sixteen = Array(repeating: one, count: 15).flatMap(\.self) + last
    #expect(try Self.parse(Self.v6(60, sixteen)).transportProtocol == 17)
    #expect(throws: WireError.invalid(.extensionHeaderChain, offset: 40 + 17 * 8)) {
      try Self.parse(Self.v6(60, one + sixteen))
    }
  }

  @Test(
    "bad fields",
    arguments: [
      (0, 0x55, WireError.invalid(.ipVersion, offset: 0)),
      (0, 0x00, .invalid(.ipVersion, offset: 0)),
      (0, 0x44, .invalid(.ipHeaderLength, offset: 0)),
      (0, 0x40, .invalid(.ipHeaderLength, offset: 0)),
      (3, 19, .invalid(.ipTotalLength, offset: 2)),
      (0, 0x4f, .truncated(offset: 20, needed: 40, available: 12)),
    ] as [(Int, UInt8, WireError)])
  func throwsOnBadFields(offset: Int, value: UInt8, error: WireError) {
    var packet = Self.v4
    packet[offset] = value
    if value == 0x4f { packet[3] = 60 }
    #expect(throws: error) { try Self.parse(packet) }
  }

  @Test("an extension header past the payload length is refused")
  func refusesLongChains() {
    var packet = Self.v6(0, [17, 0, 1, 4, 0, 0, 0, 0])
    packet[5] = 4
    #expect(throws: WireError.invalid(.ipTotalLength, offset: 4)) { try Self.parse(packet) }
  }

  @Test func neverTrapsOnMutatedPackets() {
    for sample in [
      Self.v4, Self.v6, Self.v6(0, [44, 0, 1, 4, 0, 0, 0, 0, 17, 0, 0, 1, 0, 0, 0, 1]),
    ] {
      ParserSamples.sweep(sample) { octets in
        guard let header = try? Self.parse(octets) else { return }
        #expect(header.capturedEnd <= octets.count && header.headerLength <= octets.count)
      }
    }
  }
}
