import Testing
import WireFormat

@Suite("Wrappings between two points, and of rarer links")
struct PointToPointWrappingTests {
  static let macs = "020000000001 020000000005"

  static let samples: [WrappingSample] = [
    // With both headers, with either compressed (RFC 1661, sections 6.5 and 6.6).
    .init(.ppp, "ff03 0021", "45", "ip at 4"),
    .init(.ppp, "ff03 57", "60", "ip at 3"),
    .init(.ppp, "0021", "45", "ip at 2"),
    .init(.ppp, "21", "45", "ip at 1"),
    .init(.ppp, "0281", "", "mpls at 2"),
    .init(.ppp, "ff03 8021", "01", "nothing at 4"),
    .init(.ppp, "c021", "01", "nothing at 2"),
    .init(.ppp, "fd", "9000", "sealed at 1"),
    .init(.ppp, "0053", "9000", "sealed at 2"),
    .init(.ppp, "002d", "", "unknown at 2"),
    .init(.ppp, "0f00 0800", "45", "ip at 4"),
    // Multilink: a whole packet, and the first of several fragments.
    .init(.ppp, "003d c0000001", "21", "ppp at 6"),
    .init(.ppp, "003d 80000001", "21", "unknown at 6"),
    // Bridged Ethernet without and with a LAN identifier.
    .init(.ppp, "0031 00 01", WrappingSample.frame, "ethernet at 4"),
    .init(.ppp, "0031 40 01 00000009", WrappingSample.frame, "ethernet at 8"),
    .init(.pppWithDirection, "01 ff03 0021", "45", "ip at 5"),
    .init(.pppWithDirection, "00 03 0021", "45", "ip at 4"),
    .init(.pppoe, "11 00 0001 0016", "0021", "ppp at 6 of 22"),
    .init(.pppoe, "11 09 0000 0004", "", "nothing at 6 of 4"),
    .init(.ciscoHDLC, "0f00 86dd", "", "ip at 4"),
    .init(.ciscoHDLC, "8f00 8035", "", "unknown at 4"),
    .init(.frameRelay, "1841 03 cc", "45", "ip at 4"),
    .init(.frameRelay, "1841 03 00 80 000000 0800", "45", "ip at 10"),
    .init(.frameRelay, "1841 0800", "45", "ip at 4"),
    .init(.slip, "00 450000000000000000000000000000", "45", "ip at 16"),
    .init(.slip, "00 700000000000000000000000000000", "75", "unknown at 16"),
    .init(.fddi, "50" + macs, "", "llc at 13 from 02:00:00:00:00:05"),
    .init(.fddi, "41" + macs, "", "nothing at 13 from 02:00:00:00:00:05"),
    .init(.tokenRing, "10 40" + macs, "", "llc at 14 from 02:00:00:00:00:05"),
    .init(
      .tokenRing, "10 40 020000000001 820000000005 0630 00010002", "",
      "llc at 20 from 02:00:00:00:00:05"),
    // A packet of RFC 1051, one of RFC 1201, one that is split, one in an exception frame.
    .init(.arcnetLinux, "be50 ab08 f0", "45", "ip at 5"),
    .init(.arcnetLinux, "be50 ab08 d4 00 0001", "45", "ip at 8"),
    .init(.arcnetLinux, "be50 ab08 d4 01 0001", "45", "unknown at 8"),
    .init(.arcnet, "be50 f0", "45", "ip at 3"),
    .init(.arcnet, "be50 d4 00 0001", "45", "ip at 6"),
    .init(.arcnet, "be50 d4 ff ffff d4 00 0001", "45", "ip at 10"),
    .init(.arcnet, "be50 d5", "", "unknown at 3"),
    .init(.firewire, "0011223344556677 8899aabbccddeeff 0800", "", "ip at 18"),
    .init(.atm, "aaaa03 000000 0800", "", "ip at 8"),
    .init(.ipsecTap, "02000000 00001234 00000000", "45", "ip at 12"),
    .init(
      .packetFilterLog, "3d02" + String(repeating: "00", count: 62), "45", "ip at 64"),
    // A prefix of four octets, the sender's address, a time, and the packet.
    .init(
      .nflog,
      "0200 0014 0800 0100 08000127 1000 0800 0006ffff b8a386b9c3d6 0000 0600 0f00 0001 0000 2000 0900",
      WrappingSample.packet, "ip at 40 of 28 from b8:a3:86:b9:c3:d6"),
    .init(.nflog, "0a00 0014 0006 000f 0001 0000 0020 0009", "60", "ip at 16 of 28"),
    .init(.nflog, "0700 0014", "", "unknown at 4"),
    .init(
      .pktap, "6c000000 01000000 01000000" + String(repeating: "00", count: 96) + macs + "0800",
      "45", "ip at 122 from 02:00:00:00:00:05"),
    .init(
      .pktap, "6c000000 01000000 00000000" + String(repeating: "00", count: 96) + "02000000",
      "45", "ip at 112 from 00:00:00:00:00:00"),
    .init(
      .perPacketInformation, "0000 0c00 69000000 00000000", "08",
      "wifi at 12 from 00:00:00:00:00:00"),
    .init(.perPacketInformation, "0000 0800 ff7f0000", "", "unknown at 8"),
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
      (.init(.pppoe, "21 00 0001 0016", "", ""), .invalid(.tunnelVersion, offset: 0)),
      (.init(.frameRelay, "1818181803cc", "", ""), .invalid(.linkHeader, offset: 4)),
      (
        .init(.tokenRing, "10 40 020000000001 820000000005 0130", "", ""),
        .invalid(.linkHeader, offset: 14)
      ),
      (.init(.nflog, "0200 0014 0300 0900", "", ""), .invalid(.linkHeader, offset: 4)),
      (.init(.pktap, "10000000 01000000 01000000", "", ""), .invalid(.linkHeader, offset: 0)),
      (.init(.pktap, "6c000000 02000000 01000000", "", ""), .invalid(.linkHeader, offset: 0)),
      (
        .init(.perPacketInformation, "0100 0800 01000000", "", ""), .invalid(.linkHeader, offset: 0)
      ),
      (
        .init(.perPacketInformation, "0000 0700 01000000", "", ""), .invalid(.linkHeader, offset: 2)
      ),
      (.init(.packetFilterLog, "10 02", "", ""), .invalid(.linkHeader, offset: 0)),
    ] as [(WrappingSample, WireError)])
  func refuses(sample: WrappingSample, error: WireError) { sample.isRefused(with: error) }
}
