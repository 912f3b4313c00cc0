import Testing
import WireFormat

@Suite("TCP and UDP headers (RFC 9293; RFC 768)")
struct TransportHeaderTests {
  /// A segment from port 50000 to 443 with four octets of options and two of payload.
  static let tcp = ParserSamples.octets(
    "c350 01bb 01020304 05060708 6018 ffff 0000 0000 01010101 6162")
  /// A datagram from port 50000 to 53 with two octets of payload.
  static let udp = ParserSamples.octets("c350 0035 000a 0000 6162")

  static func tcp(_ octets: [UInt8], length: Int? = nil) throws(WireError) -> TransportHeader {
    try TransportHeader(tcp: octets.wire, length: length ?? octets.count)
  }

  static func udp(_ octets: [UInt8], length: Int? = nil) throws(WireError) -> TransportHeader {
    try TransportHeader(udp: octets.wire, length: length ?? octets.count)
  }

  @Test func readsTCP() throws {
    let header = try Self.tcp(Self.tcp)
    #expect(header.sourcePort == 50_000 && header.destinationPort == 443)
    #expect(header.sequence == 0x0102_0304 && header.acknowledgement == 0x0506_0708)
    #expect(header.flags == [.ack, .psh])
    #expect(header.headerLength == 24 && header.payloadLength == 2)
  }

  @Test func readsUDP() throws {
    let header = try Self.udp(Self.udp)
    #expect(header.sourcePort == 50_000 && header.destinationPort == 53)
    #expect(header.headerLength == 8 && header.payloadLength == 2)
  }

  @Test("a payload that was not captured has its length")
  func countsWhatWasSent() throws {
    #expect(try Self.tcp(Array(Self.tcp.prefix(20)), length: 1_400).payloadLength == 1_376)
    var large = Self.udp
    large[4] = 0x05
    large[5] = 0x78
    #expect(try Self.udp(large, length: 1_400).payloadLength == 1_392)
  }

  @Test("every prefix of the fixed fields is truncated")
  func reportsTruncation() {
    for length in 0..<14 {
      #expect { try Self.tcp(Array(Self.tcp.prefix(length)), length: 26) } throws: { error in
        (error as? WireError)?.isTruncated ?? false
      }
    }
    for length in 0..<8 {
      #expect { try Self.udp(Array(Self.udp.prefix(length)), length: 10) } throws: { error in
        (error as? WireError)?.isTruncated ?? false
      }
    }
  }

  @Test("a data offset below five words or past the segment is refused", arguments: 0..<16)
  func checksDataOffsets(words: UInt8) throws {
    var octets = Self.tcp
    octets[12] = words << 4
    if (5...6).contains(words) {
      #expect(try Self.tcp(octets).headerLength == 4 * Int(words))
    } else {
      #expect(throws: WireError.invalid(.tcpDataOffset, offset: 12)) { try Self.tcp(octets) }
    }
  }

  @Test("a UDP length below eight is refused; zero is an offload packet")
  func checksUDPLengths() throws {
    for length in UInt8(1)..<8 {
      var octets = Self.udp
      octets[5] = length
      #expect(throws: WireError.invalid(.udpLength, offset: 4)) { try Self.udp(octets) }
    }
    var offload = Self.udp
    offload[5] = 0
    #expect(try Self.udp(offload, length: 70_000).payloadLength == 69_992)
    #expect(throws: WireError.invalid(.udpLength, offset: 4)) {
      try Self.udp(offload, length: 0)
    }
  }

  @Test("a UDP length past the packet's end is cut to it, one before it is believed")
  func boundsUDPLengths() throws {
    var octets = Self.udp
    octets[4] = 0xff
    #expect(try Self.udp(octets).payloadLength == 2)
    octets[4] = 0
    octets[5] = 9
    #expect(try Self.udp(octets).payloadLength == 1)
  }

  @Test func neverTrapsOnMutatedSegments() {
    ParserSamples.sweep(Self.tcp) { octets in
      for length in [octets.count, 0, .max, -1] {
        guard let header = try? Self.tcp(octets, length: length) else { continue }
        #expect(header.payloadLength >= 0)
      }
    }
    ParserSamples.sweep(Self.udp) { octets in
      for length in [octets.count, 0, .max, -1] {
        guard let header = try? Self.udp(octets, length: length) else { continue }
        #expect(header.payloadLength >= 0)
      }
    }
  }
}
