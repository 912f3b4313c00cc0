import Testing
import WireFormat

@Suite("What lies below IP")
struct LinkHeaderTests {
  static let addresses = ParserSamples.octets("020000000001 0200000000 05")

  /// What a header says, in a line.
  static func read(_ octets: [UInt8], as type: LinkType) throws(WireError) -> String {
    let header = try LinkHeader(parsing: octets.wire, as: type)
    return "\(header.next) at \(header.byteCount) from \(header.sourceMAC) vlan \(header.vlan)"
  }

  @Test(
    "each link type",
    arguments: [
      (
        LinkType.ethernet, "020000000001020000000005 0800", "ip at 14 from 02:00:00:00:00:05 vlan 0"
      ),
      (.ethernet, "020000000001020000000005 86dd", "ip at 14 from 02:00:00:00:00:05 vlan 0"),
      (.ethernet, "020000000001020000000005 0806", "unknown at 14 from 02:00:00:00:00:05 vlan 0"),
      (
        .ethernet, "020000000001020000000005 8100 e123 0800",
        "ip at 18 from 02:00:00:00:00:05 vlan 291"
      ),
      (
        .ethernet, "020000000001020000000005 88a8 0001 8100 0fff 86dd",
        "ip at 22 from 02:00:00:00:00:05 vlan 4095"
      ),
      (
        .linuxCooked, "0000 0001 0006 0200000000050000 0800",
        "ip at 16 from 02:00:00:00:00:05 vlan 0"
      ),
      (
        .linuxCooked, "0000 0304 0000 0000000000000000 86dd",
        "ip at 16 from 00:00:00:00:00:00 vlan 0"
      ),
      (
        .linuxCooked, "0000 0001 0006 0200000000050000 8100 0007 0800",
        "ip at 20 from 02:00:00:00:00:05 vlan 7"
      ),
      (
        .linuxCooked2, "0800 0000 00000002 0001 00 06 0200000000050000",
        "ip at 20 from 02:00:00:00:00:05 vlan 0"
      ),
      (
        .linuxCooked2, "8100 0000 00000002 0001 00 06 0200000000050000 0007 86dd",
        "ip at 24 from 02:00:00:00:00:05 vlan 7"
      ),
      (.raw, "", "ip at 0 from 00:00:00:00:00:00 vlan 0"),
      (.ipv4, "", "ip at 0 from 00:00:00:00:00:00 vlan 0"),
      (.ipv6, "", "ip at 0 from 00:00:00:00:00:00 vlan 0"),
    ] as [(LinkType, String, String)])
  func readsEachLinkType(type: LinkType, octets: String, expected: String) throws {
    #expect(try Self.read(ParserSamples.octets(octets), as: type) == expected)
  }

  @Test("loopback families of every system, in either byte order", arguments: [2, 10, 24, 28, 30])
  func readsLoopback(family: UInt8) throws {
    for type in [LinkType.null, .loop] {
      for octets in [[family, 0, 0, 0], [0, 0, 0, family]] {
        #expect(try Self.read(octets, as: type).hasPrefix("ip at 4"))
      }
    }
    #expect(try Self.read([0, 0, 0, 7], as: .null).hasPrefix("unknown at 4"))
  }

  @Test("sixteen VLAN tags are read, the next is one too many")
  func capsVLANTags() throws {
    let tag: [UInt8] = [0x81, 0, 0, 3]
    let most = Self.addresses + Array(repeating: tag, count: 16).flatMap(\.self) + [8, 0]
    #expect(try Self.read(most, as: .ethernet).hasPrefix("ip at 78"))
    let more = Self.addresses + Array(repeating: tag, count: 17).flatMap(\.self) + [8, 0]
    #expect(throws: WireError.invalid(.wrappingDepth, offset: 78)) {
      try Self.read(more, as: .ethernet)
    }
  }

  @Test(
    "what is no plain IP is left to the layer that its EtherType announces",
    arguments: [
      ("8864", "pppoe"), ("8847", "mpls"), ("8909", "ciscoMetaData"), ("0026", "llc"),
      ("8863", "nothing"), ("88cc", "unknown"),
    ])
  func namesTheNextLayer(etherType: String, expected: String) throws {
    let frame = Self.addresses + ParserSamples.octets(etherType)
    #expect(try Self.read(frame, as: .ethernet).hasPrefix("\(expected) at 14"))
  }

  @Test func leavesOtherLinkTypesToTheirLayer() throws {
    #expect(try Self.read([], as: .ppp).hasPrefix("ppp at 0"))
    #expect(try Self.read([], as: .radiotap).hasPrefix("radiotap at 0"))
  }

  @Test("every proper prefix is truncated")
  func reportsTruncation() {
    let samples: [(LinkType, String)] = [
      (.ethernet, "020000000001020000000005 88a8 0001 8100 0002 0800"),
      (.linuxCooked, "0000 0001 0006 0200000000050000 8100 0007 0800"),
      (.linuxCooked2, "8100 0000 00000002 0001 00 06 0200000000050000 0007 86dd"),
      (.null, "02000000"), (.loop, "00000002"),
    ]
    for (type, text) in samples {
      let octets = ParserSamples.octets(text)
      for length in 0..<octets.count {
        #expect { try Self.read(Array(octets.prefix(length)), as: type) } throws: { error in
          (error as? WireError)?.isTruncated ?? false
        }
      }
    }
  }

  @Test func neverTrapsOnMutatedFrames() {
    let sample = Self.addresses + [0x88, 0xa8, 0, 1, 0x81, 0, 0, 2, 8, 0, 0x45, 0]
    for type in LinkType.allCases {
      ParserSamples.sweep(sample, rounds: 500) { octets in
        guard let header = try? LinkHeader(parsing: octets.wire, as: type) else { return }
        #expect(header.byteCount <= octets.count)
      }
    }
  }
}

@Suite("MAC addresses as text")
struct MACAddressTests {
  @Test func comesBackFromItsText() {
    #expect(MACAddress("02:00:5E:10:00:ff")?.description == "02:00:5e:10:00:ff")
    #expect(MACAddress(value: .max).description == "ff:ff:ff:ff:ff:ff")
  }

  @Test(
    "what is no address is none",
    arguments: [
      "", "02:00:5e:10:00", "02:00:5e:10:00:ff:00", "2:0:5e:10:0:ff", "02-00-5e-10-00-ff",
      "+2:00:5e:10:00:ff", "-0:00:5e:10:00:ff", "0g:00:5e:10:00:ff", "02:00:5e:10:00:",
    ])
  func refuses(text: String) {
    #expect(MACAddress(text) == nil)
  }

  @Test func tellsGroups() {
    #expect(MACAddress("01:00:5e:00:00:fb")?.isGroup == true)
    #expect(MACAddress("ff:ff:ff:ff:ff:ff")?.isGroup == true)
    #expect(MACAddress("02:00:5e:00:00:fb")?.isGroup == false)
  }
}
