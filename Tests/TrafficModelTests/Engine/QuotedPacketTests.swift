import Testing
import WireFormat

@testable import TrafficModel

@Suite("Packets that ICMP errors quote (RFC 792; RFC 4443)")
struct QuotedPacketTests {
  static let client = InferredNamesTests.client
  static let resolver = InferredNamesTests.resolver

  static func error(_ type: UInt8, quoting packet: [UInt8]) -> [UInt8] {
    Frames.ip(
      from: Wrap.near, to: client.address, protocol: 1, [type, 3, 0, 0, 0, 0, 0, 0] + packet)
  }

  static let query = Array(
    Frames.udp(client, resolver, DNSSample.query("a.example.com"))[14...])

  @Test(
    "the question of a query that could not be delivered is told", arguments: [3, 4, 5, 11, 12])
  func tellsQuestions(type: UInt8) {
    let gateway = Gateway()
    gateway.take(Self.error(type, quoting: Self.query))
    #expect(
      gateway.seen.questions
        == ["\(Self.client.address) asks \(Self.resolver.address) for a.example.com"])
    #expect(gateway.counters.flows == 0 && gateway.counters.otherTransportPackets == 1)
    #expect(gateway.hosts[Self.client.address] == nil)
  }

  @Test("an answer's question is told, its addresses are not believed")
  func believesNoAnswer() {
    let gateway = Gateway()
    let server = DatagramNamesTests.server
    let answer = Array(
      Frames.udp(
        Self.resolver, Self.client, DNSSample.answer("api.example.com", [server.address]))[14...])
    gateway.take(Self.error(3, quoting: answer))
    #expect(gateway.seen.questions.count == 1)
    gateway.take(
      Frames.udp(Endpoint(address: Self.client.address, port: 50_000), server, [0x40, 1, 2, 3]))
    #expect(gateway.seen.unnamed.count == 1 && gateway.figures().isEmpty)
  }

  @Test("IPv6 errors, and none that are echoes")
  func tellsApart() {
    let client = Endpoint(address: IPAddress(high: 0x2001_0db8_0000_0000, low: 5), port: 5_000)
    let resolver = Endpoint(address: IPAddress(high: 0x2001_0db8_0000_0000, low: 53), port: 53)
    let query = Array(Frames.udp(client, resolver, DNSSample.query("a.example.com"))[14...])
    let gateway = Gateway()
    for type in [1, 2, 3, 4, 128, 129] as [UInt8] {
      gateway.take(
        Frames.ip(
          from: resolver.address, to: client.address, protocol: 58,
          [type, 0, 0, 0, 0, 0, 0, 0] + query))
    }
    #expect(gateway.seen.questions.count == 4)
    for type in [0, 8, 13] as [UInt8] { gateway.take(Self.error(type, quoting: Self.query)) }
    #expect(gateway.seen.questions.count == 4)
  }

  @Test("eight octets of the datagram, and anything else, tell nothing")
  func survivesShortQuotes() {
    let gateway = Gateway()
    for length in 0..<(Self.query.count - 4) {
      gateway.take(Self.error(3, quoting: Array(Self.query.prefix(length))))
    }
    var generator = Generator(state: 6)
    for _ in 0..<5_000 {
      var damaged = Self.query
      damaged[generator.below(damaged.count)] ^= 1 << UInt8(generator.below(8))
      gateway.take(Self.error(3, quoting: damaged))
    }
    #expect(gateway.counters.flows == 0)
  }
}
