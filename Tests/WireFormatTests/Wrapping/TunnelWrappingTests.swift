import Testing
import WireFormat

@Suite("Tunnels over IP and UDP")
struct TunnelWrappingTests {
  static let bubble =
    "60000000 0000 3b ff fe80000000000000 0000ffffffffffff 2001000053aa064c 1055759fad2d7b0e"

  static let samples: [WrappingSample] = [
    .init(.gre, "0000 0800", "45", "ip at 4"),
    .init(.gre, "2000 6558 00000001", "", "ethernet at 8"),
    .init(.gre, "b000 86dd 00000000 00000001 00000002", "", "ip at 16"),
    .init(.gre, "1000 88be 00000001", "", "erspan2 at 8"),
    .init(.gre, "0000 88be", "", "erspan1 at 4"),
    .init(.gre, "1000 22eb 00000001", "", "erspan3 at 8"),
    .init(.gre, "0000 883e", "", "wccp at 4"),
    .init(.gre, "0000 8847", "", "mpls at 4"),
    .init(.gre, "0000 894f", "", "networkService at 4"),
    .init(.gre, "0000 0000", "", "nothing at 4"),
    .init(.gre, "0000 2001", "", "unknown at 4"),
    // A source route of one entry (RFC 1701).
    .init(.gre, "4000 0800 00000000 00020004 0a000001 00000000", "45", "ip at 20"),
    // PPTP: data with sequence and acknowledgement, an acknowledgement alone (RFC 2637, section 4.1).
    .init(.gre, "3081 880b 001c 0001 00000005 00000004", "", "ppp at 16 of 28"),
    .init(.gre, "2081 880b 0000 0001 00000004", "", "nothing at 12 of 0"),
    .init(.erspan1, "", WrappingSample.frame, "ethernet at 0"),
    .init(.erspan2, "1000 0064 00000000", WrappingSample.frame, "ethernet at 8"),
    .init(.erspan3, "2000 0064 00000000 0000 0000", WrappingSample.frame, "ethernet at 12"),
    .init(
      .erspan3, "2000 0064 00000000 0000 0001 0000000000000000", WrappingSample.frame,
      "ethernet at 20"),
    .init(.erspan3, "2000 0064 00000000 0000 0800", WrappingSample.packet, "ip at 12"),
    .init(.wccp, "00000000", "45", "ip at 4"),
    .init(.wccp, "", "45", "ip at 0"),
    .init(.etherIP, "3000", WrappingSample.frame, "ethernet at 2"),
    // Without a cookie, with one of four octets, with one of eight and a sublayer; control.
    .init(.l2tp3, "00000001", WrappingSample.frame, "ethernet at 4"),
    .init(.l2tp3, "00000001 ffffffff", WrappingSample.frame, "ethernet at 8"),
    .init(.l2tp3, "00000001 ffffffffffffffff 40000001", WrappingSample.frame, "ethernet at 16"),
    .init(.l2tp3, "00000000", "c803", "nothing at 4"),
    .init(.vxlan, "08000000 00002500", WrappingSample.frame, "ethernet at 8"),
    .init(.vxlan, "88000064 00002500", WrappingSample.frame, "ethernet at 8"),
    // The generic extension on VXLAN's own port.
    .init(.vxlan, "0c000003 00000100", WrappingSample.frame, "ethernet at 8"),
    .init(.vxlanGPE, "0c000001 00000100", WrappingSample.packet, "ip at 8"),
    .init(.vxlanGPE, "0c000004 00000100", "", "networkService at 8"),
    .init(.vxlanGPE, "0d000001 00000100", "", "nothing at 8"),
    .init(.vxlanGPE, "08000000 00000100", WrappingSample.frame, "ethernet at 8"),
    .init(.vxlanGPE, "08000001 00000100", WrappingSample.packet, "ip at 8"),
    .init(.geneve, "0000 6558 00000100", WrappingSample.frame, "ethernet at 8"),
    // A gateway load balancer's: three options of eight octets and more, then a packet.
    .init(
      .geneve, "0800 0800 00000000" + String(repeating: "0108000100000000", count: 4),
      WrappingSample.packet, "ip at 40"),
    .init(.geneve, "0080 6558 00000100", "", "nothing at 8"),
    .init(.geneve, "0000 0007 00000100", "", "unknown at 8"),
    .init(.lisp, "80123456 00000000", WrappingSample.packet, "ip at 8"),
    .init(.lisp, "81123456 00000000", "", "sealed at 8"),
    // A packet, one with a sequence number, one with a PDCP number behind it, an echo request.
    .init(.gtp, "30ff 001c 12345678", WrappingSample.packet, "ip at 8 of 28"),
    .init(.gtp, "32ff 0020 12345678 0001 00 00", WrappingSample.packet, "ip at 12 of 28"),
    .init(
      .gtp, "34ff 0024 12345678 0000 00 85 01 0009 00", WrappingSample.packet, "ip at 16 of 28"),
    .init(.gtp, "3201 0004 00000000 0001 0000", "", "nothing at 12"),
    .init(.gtp, "3063 0000 00000000", "", "unknown at 8"),
    // A bubble, one behind an origin indication, one behind authentication too (RFC 4380, section 5.1.1).
    .init(.teredo, "", bubble, "ip at 0 of 40"),
    .init(.teredo, "0000 f0f0 f5fffffe", bubble, "ip at 8 of 40"),
    .init(.teredo, "0001 00 00 0123456789abcdef 00 0000 f0f0 f5fffffe", bubble, "ip at 21 of 40"),
    .init(.l2tp, "0002 0001 0002", "ff03", "ppp at 6"),
    .init(.l2tp, "4002 0018 0001 0002", "ff03", "ppp at 8 of 16"),
    .init(.l2tp, "4a02 0018 0001 0002 0001 0000 0002 0000", "", "ppp at 16 of 8"),
    .init(.l2tp, "c802 000c 0001 0000 0000 0001", "", "nothing at 12 of 0"),
    .init(.capwap, "00 200320 00000000 04bf230000000000", "", "wifiSwapped at 16"),
    .init(.capwap, "00 100000 00000000", WrappingSample.frame, "ethernet at 8"),
    .init(.capwap, "00 100008 00000000", "", "nothing at 8"),
    .init(.capwap, "00 100080 00010000", "", "unknown at 8"),
    .init(.capwap, "01 000000", "16feff", "sealed at 4"),
    .init(.tzsp, "01 00 0001 01", WrappingSample.frame, "ethernet at 5"),
    .init(.tzsp, "01 00 0012 0a01c5 00 01", "08", "wifi at 9"),
    .init(.tzsp, "01 00 0077 01", "", "prism at 5"),
    .init(.tzsp, "01 04 0000", "01", "nothing at 4"),
  ]

  @Test(arguments: samples) func reads(sample: WrappingSample) throws {
    try sample.isReadAsExpected()
  }

  @Test("every proper prefix is truncated", arguments: samples)
  func reportsTruncation(sample: WrappingSample) { sample.isTruncatedEverywhere() }

  @Test(arguments: samples) func neverTraps(sample: WrappingSample) { sample.survivesMutations() }

  @Test(
    "bad fields",
    arguments: [
      (.init(.gre, "0002 0800", "", ""), .invalid(.tunnelVersion, offset: 0)),
      (.init(.gre, "0001 880b", "", ""), .invalid(.tunnelFlags, offset: 0)),
      (.init(.gre, "2001 0800 00000000", "", ""), .invalid(.tunnelFlags, offset: 0)),
      (.init(.erspan2, "2000 0064 00000000", "", ""), .invalid(.tunnelVersion, offset: 0)),
      (.init(.erspan3, "1000 0064 00000000", "", ""), .invalid(.tunnelVersion, offset: 0)),
      (.init(.etherIP, "4000", "", ""), .invalid(.tunnelVersion, offset: 0)),
      (.init(.vxlan, "08000001 00002500", "", ""), .invalid(.tunnelFlags, offset: 0)),
      (.init(.vxlan, "00000000 00002500", "", ""), .invalid(.tunnelFlags, offset: 0)),
      (.init(.vxlan, "08000000 00002501", "", ""), .invalid(.tunnelFlags, offset: 0)),
      (.init(.vxlanGPE, "3c000001 00000100", "", ""), .invalid(.tunnelFlags, offset: 0)),
      (.init(.vxlanGPE, "0c000001 00000101", "", ""), .invalid(.tunnelFlags, offset: 7)),
      (.init(.geneve, "4000 6558 00000100", "", ""), .invalid(.tunnelVersion, offset: 0)),
      (.init(.geneve, "0001 6558 00000100", "", ""), .invalid(.tunnelFlags, offset: 1)),
      (.init(.geneve, "0000 6558 00000101", "", ""), .invalid(.tunnelFlags, offset: 7)),
      (.init(.lisp, "90000000 00000000", "", ""), .invalid(.tunnelFlags, offset: 0)),
      (.init(.gtp, "50ff 001c 12345678", "", ""), .invalid(.tunnelVersion, offset: 0)),
      (.init(.gtp, "32ff 0003 12345678 0001 0000", "", ""), .invalid(.tunnelLength, offset: 2)),
      (
        .init(.gtp, "34ff 0024 12345678 0000 00 85 00", "", ""),
        .invalid(.tunnelLength, offset: 12)
      ),
      (.init(.teredo, "45000000", "", ""), .invalid(.tunnelPayload, offset: 0)),
      (
        .init(
          .teredo, "60000000 0000 3b ff" + String(repeating: "20010db800000000", count: 4), "", ""),
        .invalid(.tunnelPayload, offset: 0)
      ),
      (.init(.l2tp, "0003 0001 0002", "", ""), .invalid(.tunnelVersion, offset: 1)),
      (.init(.l2tp, "0402 0001 0002", "", ""), .invalid(.tunnelFlags, offset: 0)),
      (.init(.l2tp, "8002 0001 0002", "", ""), .invalid(.tunnelFlags, offset: 0)),
      (.init(.l2tp, "4002 0007 0001 0002", "", ""), .invalid(.tunnelLength, offset: 2)),
      (.init(.capwap, "01 000001", "", ""), .invalid(.tunnelFlags, offset: 1)),
      (.init(.capwap, "10 100000 00000000", "", ""), .invalid(.tunnelVersion, offset: 0)),
      (.init(.capwap, "00 080000 00000000", "", ""), .invalid(.tunnelLength, offset: 1)),
      (.init(.capwap, "00 100001 00000000", "", ""), .invalid(.tunnelFlags, offset: 3)),
      (.init(.tzsp, "02 00 0001 01", "", ""), .invalid(.tunnelVersion, offset: 0)),
    ] as [(WrappingSample, WireError)])
  func refuses(sample: WrappingSample, error: WireError) { sample.isRefused(with: error) }
}

@Suite("Whether octets are of a layer")
struct LayerTests {
  static func isPlausible(_ layer: Layer, _ text: String, _ length: Int? = nil) -> Bool {
    let octets = ParserSamples.octets(text)
    return layer.isPlausible(octets.wire, originalLength: length ?? octets.count)
  }

  @Test("a packet must fit its wrapping")
  func weighsPackets() {
    #expect(Self.isPlausible(.ip, WrappingSample.packet))
    #expect(!Self.isPlausible(.ip, WrappingSample.packet, 27))
    #expect(!Self.isPlausible(.ip, "55" + WrappingSample.packet.dropFirst(2)))
    #expect(!Self.isPlausible(.ip, ""))
  }

  @Test("a frame has a sender, an EtherType that is known, and a packet that fits")
  func weighsFrames() {
    #expect(Self.isPlausible(.ethernet, WrappingSample.frame))
    #expect(!Self.isPlausible(.ethernet, WrappingSample.frame, 41))
    #expect(!Self.isPlausible(.ethernet, "020000000001 030000000005 0800" + WrappingSample.packet))
    #expect(!Self.isPlausible(.ethernet, "020000000001 020000000005 7777"))
    #expect(Self.isPlausible(.ethernet, "020000000001 020000000005 8100 0001 0800"))
    let llc = "020000000001 020000000005 0003 4243 03"
    #expect(Self.isPlausible(.ethernet, llc))
    for length in [-1, 0, 14, 16] { #expect(!Self.isPlausible(.ethernet, llc, length)) }
  }

  @Test("either port may name a tunnel; other ports name none")
  func knowsPorts() {
    #expect(Layer(udpPorts: 50_000, 6_081) == .geneve)
    #expect(Layer(udpPorts: 2_152, 50_000) == .gtp)
    #expect(Layer(udpPorts: 50_000, 443) == nil)
  }
}
