import Testing
import WireFormat

@testable import TrafficModel

/// Wrappings that nobody meant well, one in another.
@Suite("Random and damaged wrappings")
struct RandomWrappingsTests {
  static let packets = WrappedTrafficTests.exchange()

  @Test("each bit of each wrapping turned over, one at a time", arguments: Wrap.all)
  func survivesFlippedBits(wrap: Wrap) {
    let gateway = Gateway()
    let frame = wrap.wrap(Self.packets[3])
    for bit in 0..<min(frame.count, 120) * 8 {
      var damaged = frame
      damaged[bit / 8] ^= 1 << UInt8(bit % 8)
      gateway.take(damaged, linkType: wrap.linkType)
      gateway.take(
        Array(damaged.prefix(bit / 8)), originalLength: frame.count, linkType: wrap.linkType)
      gateway.take(Array(damaged.prefix(bit / 8)), linkType: wrap.linkType)
    }
    gateway.finish()
    #expect(gateway.flowCount == 0 && gateway.heldBytes == 0)
  }

  @Test("any octets on every link type")
  func survivesNoise() {
    let gateway = Gateway()
    var generator = Generator(state: 21)
    let types = LinkType.allCases.map(\.rawValue)
    for index in 0..<100_000 {
      let frame = generator.octets(generator.below(160))
      gateway.take(
        frame, at: Int64(index), originalLength: frame.count + generator.below(3),
        linkType: types[index % types.count])
    }
    gateway.finish()
    #expect(gateway.counters.packets == 100_000 && gateway.counters.malformedPackets > 1_000)
  }

  @Test("any octets behind each EtherType, IP protocol and port that announces a wrapping")
  func survivesAnnouncedNoise() {
    let gateway = Gateway()
    var generator = Generator(state: 22)
    let etherTypes = [
      0x8100, 0x8847, 0x8864, 0x8909, 0x88e5, 0x88e7, 0x8926, 0x892f, 0x894f, 0x6558, 0x880b, 40,
    ]
    let numbers: [UInt8] = [1, 4, 41, 44, 47, 50, 51, 58, 97, 115, 137]
    let ports: [UInt16] = [
      1_701, 2_152, 3_544, 4_341, 4_754, 4_789, 4_790, 5_247, 6_081, 6_635, 8_472, 37_008,
    ]
    for index in 0..<60_000 {
      let octets = generator.octets(generator.below(100))
      let near = IPAddress(v4: UInt32(generator.below(5)))
      switch index % 3 {
      case 0: gateway.take(Frames.ethernet(octets, type: etherTypes[generator.below(12)]))
      case 1:
        gateway.take(
          Frames.ip(from: near, to: Wrap.far, protocol: numbers[generator.below(11)], octets))
      default:
        gateway.take(
          Frames.udp(
            Endpoint(address: near, port: UInt16(generator.below(60_000))),
            Endpoint(address: Wrap.far, port: ports[generator.below(12)]), octets))
      }
      if index % 1_000 == 0 { gateway.sweep() }
    }
    gateway.finish()
    #expect(gateway.flowCount == 0)
  }

  @Test("wrappings in wrappings, damaged here and there")
  func survivesNesting() {
    let gateway = Gateway()
    var generator = Generator(state: 23)
    let nestable = Wrap.all.filter { $0.linkType == 1 }
    var named = 0
    for _ in 0..<4_000 {
      var packet = Self.packets[3]
      // Another port each time, so that each is a flow of its own.
      packet[20] = UInt8(generator.below(256))
      packet[21] = UInt8(generator.below(256))
      var frame = Frames.ethernet(packet, type: 0x0800)
      for _ in 0..<generator.below(7) {
        let wrap = nestable[generator.below(nestable.count)]
        // Only what carries a packet can be carried.
        guard frame[12] == 8, frame[13] == 0 else { break }
        frame = wrap.wrap(Array(frame[14...]))
      }
      if generator.below(3) == 0 {
        frame[generator.below(frame.count)] = UInt8(generator.below(256))
      }
      gateway.take(frame)
      named = gateway.seen.names.count
    }
    gateway.finish()
    #expect(named > 2_000)
    #expect(gateway.counters.packetsTooDeep == 0)
  }
}
