import Testing
import WireFormat

@Suite("Wrappings of IEEE 802.3 links, MPLS and NSH")
struct EthernetWrappingTests {
  static let samples: [WrappingSample] = [
    .init(.ethernet, "020000000001 020000000005 0800", "", "ip at 14 from 02:00:00:00:00:05"),
    .init(
      .ethernet, "020000000001 020000000005 0026", "", "llc at 14 of 38 from 02:00:00:00:00:05"),
    .init(.vlan, "0123 86dd", "", "ip at 4"),
    .init(.vlan, "0123 8100", "", "vlan at 4"),
    .init(.llc, "aaaa03 000000 0800", "", "ip at 8"),
    .init(.llc, "aaaa03 0000f8 86dd", "", "ip at 8"),
    .init(.llc, "aaaa03 00000c", "2000", "unknown at 6"),
    .init(.llc, "aaaa03 0080c2 0007 0000", "", "ethernet at 10"),
    .init(.llc, "060603", "45", "ip at 3"),
    .init(.llc, "424203", "0000", "unknown at 3"),
    .init(.llc, "f0f07f", "", "nothing at 3"),
    // As an access switch sends it: one option, the security group tag 2.
    .init(.ciscoMetaData, "01 01 0001 0002 0800", "4500", "ip at 8"),
    .init(.ciscoMetaData, "00 00 0000 0000 0800", "4500", "ip at 8"),
    .init(.macSec, "00 00 00000001 0800", "", "ip at 8"),
    .init(.macSec, "20 00 00000001 0011223344550001 86dd", "", "ip at 16"),
    .init(.macSec, "0c 00 00000001", "a5a5", "sealed at 6"),
    .init(.macSec, "2c 00 00000001 0011223344550001", "a5a5", "sealed at 14"),
    .init(.backboneTag, "00 123456", WrappingSample.frame, "ethernet at 4"),
    .init(.vnTag, "80010002 0800", "", "ip at 6"),
    .init(.redundancyTag, "1034 0001 0800", "", "ip at 6"),
    // One label, two, explicit null.
    .init(.mpls, "00010140", WrappingSample.packet, "ip at 4"),
    .init(.mpls, "00010040 00020140", WrappingSample.packet, "ip at 8"),
    .init(.mpls, "00000140", "", "ip at 4"),
    .init(.mpls, "00002140", "", "ip at 4"),
    // A pseudowire with a control word, and one whose destination begins like an IPv4 header; its control channel.
    .init(.mpls, "00010140", "00000000" + WrappingSample.frame, "pseudowire at 4"),
    .init(.mpls, "00010140", "450000000001 020000000005 0800 4500", "pseudowire at 4"),
    .init(.mpls, "00010140", "10000021", "nothing at 4"),
    .init(.pseudowire, "00000007", WrappingSample.frame, "ethernet at 4"),
    .init(.pseudowire, "", WrappingSample.frame, "ethernet at 0"),
    .init(.pseudowire, "", "60" + WrappingSample.frame.dropFirst(2), "ethernet at 0"),
    // RFC 8300: metadata of type 1 has four words of context, of type 2 it may have none.
    .init(
      .networkService, "0fc6 01 01 000001ff 00000000 00000000 00000000 00000000", "", "ip at 24"),
    .init(.networkService, "0fc2 02 03 000001ff", "", "ethernet at 8"),
    .init(.networkService, "0fc2 02 04 000001ff", "", "networkService at 8"),
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
      (.init(.macSec, "80 00 00000001 0800", "", ""), .invalid(.linkHeader, offset: 0)),
      (.init(.networkService, "4fc2 0101 000001ff", "", ""), .invalid(.tunnelVersion, offset: 0)),
      (.init(.networkService, "0fc1 0101 000001ff", "", ""), .invalid(.tunnelLength, offset: 1)),
    ] as [(WrappingSample, WireError)])
  func refuses(sample: WrappingSample, error: WireError) { sample.isRefused(with: error) }

  @Test("sixteen labels are read, the next is one too many")
  func capsLabels() throws {
    let label: [UInt8] = [0, 1, 0, 64]
    let bottom: [UInt8] = [0, 0, 1, 64]
    let most = Array(repeating: label, count: 15).flatMap(\.self) + bottom
    #expect(try WrappingSample.read(most, as: .mpls) == "ip at 64")
    #expect(throws: WireError.invalid(.wrappingDepth, offset: 64)) {
      try WrappingSample.read(label + most, as: .mpls)
    }
  }
}
