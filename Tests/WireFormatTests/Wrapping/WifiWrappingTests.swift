import Testing
import WireFormat

@Suite("Wi-Fi frames and what stands before them (IEEE 802.11, clause 9)")
struct WifiWrappingTests {
  static let one = "8a15149b5ae0"
  static let two = "90724097b6f5"
  static let three = "442b03aaab8d"

  /// A header of three addresses: frame control first, sequence and what follows it last.
  static func header(_ control: String, _ tail: String = "1000") -> String {
    control + "2c00" + one + two + three + tail
  }

  static let samples: [WrappingSample] = [
    // To the access point with QoS, from it, and between two stations.
    .init(.wifi, header("8801", "1000 0600"), "", "llc at 26 from 90:72:40:97:b6:f5"),
    .init(.wifi, header("8802", "4000 0000"), "", "llc at 26 from 44:2b:03:aa:ab:8d"),
    .init(.wifi, header("0802", "b0ad"), "", "llc at 24 from 44:2b:03:aa:ab:8d"),
    .init(.wifi, header("0800"), "", "llc at 24 from 90:72:40:97:b6:f5"),
    // Between access points: the fourth address is the sender.
    .init(.wifi, header("0803", "1000 0a0b0c0d0e0f"), "", "llc at 30 from 0a:0b:0c:0d:0e:0f"),
    // With HT control.
    .init(.wifi, header("8881", "1000 0600 00000000"), "", "llc at 30 from 90:72:40:97:b6:f5"),
    .init(.wifi, header("8801", "1000 8000"), "", "wifiAggregate at 26 from 90:72:40:97:b6:f5"),
    .init(.wifi, header("0841"), "", "sealed at 24 from 90:72:40:97:b6:f5"),
    // The first fragment, and a later one.
    .init(.wifi, header("0805"), "", "unknown at 24 from 90:72:40:97:b6:f5"),
    .init(.wifi, header("0801", "1100"), "", "unknown at 24 from 90:72:40:97:b6:f5"),
    // A null frame, a beacon, an acknowledgement.
    .init(.wifi, "4801", "2c00", "nothing at 2"),
    .init(.wifi, "8000", "0000", "nothing at 2"),
    .init(.wifi, "d400", "0000", "nothing at 2"),
    .init(.wifiPadded, header("8801", "1000 0600 0000"), "", "llc at 28 from 90:72:40:97:b6:f5"),
    // As an access point sends it in CAPWAP: 11 08 stands for 08 11, 76 30 is a sequence.
    .init(.wifiSwapped, header("1108", "7630"), "", "llc at 24 from 90:72:40:97:b6:f5"),
    .init(
      .wifiSwapped, header("0188", "7630 0080"), "", "wifiAggregate at 26 from 90:72:40:97:b6:f5"),
    .init(.wifiSwapped, header("0801"), "", "llc at 24 from 90:72:40:97:b6:f5"),
    // Nothing, a flags field, a timer before it, a further word of presence, flags with a data pad.
    .init(.radiotap, "0000 0800 00000000", "", "wifi at 8"),
    .init(.radiotap, "0000 0900 02000000 10", "", "wifi at 9"),
    .init(.radiotap, "0000 1100 03000000 0000000000000000 00", "", "wifi at 17"),
    .init(
      .radiotap, "0000 1a00 03000080 00000000 00000000 0000000000000000 20 00", "",
      "wifiPadded at 26"),
    .init(
      .prism, "44000000 90000000" + String(repeating: "00", count: 136), "", "wifi at 144"),
    .init(
      .prism, "00000044 00000010 0000000000000000", "", "wifi at 16"),
    .init(.prism, "80211001 00000040" + String(repeating: "00", count: 56), "", "wifi at 64"),
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
      (.init(.radiotap, "0100 0800 00000000", "", ""), .invalid(.linkHeader, offset: 0)),
      (.init(.radiotap, "0000 0700 00000000", "", ""), .invalid(.linkHeader, offset: 2)),
      (.init(.prism, "45000000 90000000", "", ""), .invalid(.linkHeader, offset: 0)),
      (.init(.prism, "44000000 07000000", "", ""), .invalid(.linkHeader, offset: 4)),
    ] as [(WrappingSample, WireError)])
  func refuses(sample: WrappingSample, error: WireError) { sample.isRefused(with: error) }

  /// Three frames; the first two are filled up to a multiple of four octets.
  static let aggregate = ParserSamples.octets(
    """
    020000000001 020000000005 0003 aabbcc 000000
    020000000002 020000000006 0006 010203040506
    020000000003 020000000007 0001 ff
    """)

  static func frames(_ octets: [UInt8]) -> [String] {
    var frames = AggregatedFrames(octets.wire)
    var all: [String] = []
    while let frame = frames.next() {
      all.append("\(frame.octets) of \(frame.originalLength) from \(frame.sourceMAC)")
    }
    return all
  }

  @Test func readsAggregates() {
    #expect(
      Self.frames(Self.aggregate) == [
        "14..<17 of 3 from 02:00:00:00:00:05", "34..<40 of 6 from 02:00:00:00:00:06",
        "54..<55 of 1 from 02:00:00:00:00:07",
      ])
  }

  @Test("a cut aggregate gives what is there")
  func readsCutAggregates() {
    #expect(
      Self.frames(Array(Self.aggregate.prefix(16))) == ["14..<16 of 3 from 02:00:00:00:00:05"])
    #expect(Self.frames(Array(Self.aggregate.prefix(14))) == [])
    ParserSamples.sweep(Self.aggregate) { #expect(Self.frames($0).count <= $0.count / 14) }
  }
}
