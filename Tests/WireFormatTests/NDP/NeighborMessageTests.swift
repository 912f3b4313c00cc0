import Testing
import WireFormat

@Suite("Neighbour discovery (RFC 4861, section 4)")
struct NeighborMessageTests {
  static let mac: [UInt8] = [0x02, 0, 0x5e, 0x10, 0x20, 0x30]
  /// An advertisement of fe80::1 with R set and its MAC.
  static let advertisement =
    ParserSamples.octets("88 00 0000 a0000000 fe800000000000000000000000000001") + [2, 1] + mac
  /// A router advertisement for 1,800 s with its MAC and a prefix (RFC 4861, section 4.6.2).
  static let routerAdvertisement =
    ParserSamples.octets("86 00 0000 40 00 0708 00000000 00000000") + [1, 1] + mac
    + ParserSamples.octets(
      "03 04 40 c0 00278d00 00093a80 00000000 20010db8000000000000000000000000")

  private func parse(_ octets: [UInt8]) throws(WireError) -> NeighborMessage {
    try NeighborMessage(parsing: octets.wire)
  }

  @Test func readsAnAdvertisement() throws {
    let message = try parse(Self.advertisement)
    #expect(message.kind == .advertisement(target: IPAddress("fe80::1")!, isRouter: true))
    #expect(message.targetMAC?.description == "02:00:5e:10:20:30" && message.sourceMAC == nil)
  }

  @Test func readsARouterAdvertisement() throws {
    let message = try parse(Self.routerAdvertisement)
    #expect(message.kind == .routerAdvertisement(lifetime: 1_800))
    #expect(message.sourceMAC?.description == "02:00:5e:10:20:30")
  }

  @Test func readsSolicitations() throws {
    let target = ParserSamples.octets("20010db8000000000000000000000007")
    let message = try parse([135, 0, 0, 0, 0, 0, 0, 0] + target + [1, 1] + Self.mac)
    #expect(message.kind == .solicitation(target: IPAddress("2001:db8::7")!))
    #expect(message.sourceMAC != nil)
    #expect(try parse([133, 0, 0, 0, 0, 0, 0, 0]).kind == .routerSolicitation)
  }

  @Test("every prefix is truncated, or ends before an option")
  func reportsTruncation() {
    for (sample, edges) in [(Self.advertisement, [24]), (Self.routerAdvertisement, [16, 24])] {
      for length in 0..<sample.count where !edges.contains(length) {
        let prefix = Array(sample.prefix(length))
        #expect { try parse(prefix) } throws: { ($0 as? WireError)?.isTruncated == true }
      }
    }
  }

  @Test(
    "bad fields",
    arguments: [
      (0, 132, WireError.invalid(.neighborType, offset: 0)),
      (1, 1, .invalid(.neighborType, offset: 1)), (25, 0, .invalid(.neighborOption, offset: 25)),
    ] as [(Int, UInt8, WireError)])
  func throwsOnBadFields(place: Int, octet: UInt8, error: WireError) {
    var octets = Self.advertisement
    octets[place] = octet
    #expect(throws: error) { try parse(octets) }
  }

  @Test func neverTrapsOnMutatedMessages() {
    ParserSamples.sweep(Self.routerAdvertisement) { _ = try? parse($0) }
  }
}
