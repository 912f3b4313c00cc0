import Testing
import WireFormat

@testable import TrafficModel

@Suite("Names from QUIC and DTLS")
struct DatagramNamesTests {
  static let client = Endpoint(address: IPAddress(v4: 0x0a00_0005), port: 50_000)
  static let server = Endpoint(address: IPAddress(v4: 0xc000_020a), port: 443)

  static func up(_ payload: [UInt8]) -> [UInt8] { Frames.udp(client, server, payload) }
  static func down(_ payload: [UInt8]) -> [UInt8] { Frames.udp(server, client, payload) }

  @Test("the Initial packet of RFC 9001 tells its name")
  func readsInitials() {
    let gateway = Gateway()
    gateway.take(Self.up(QUICSample.clientInitial))
    #expect(gateway.seen.names == ["quic example.com"])
    #expect(gateway.counters.flowsByQUIC == 1)
  }

  @Test("a metered QUIC flow counts its datagrams and cuts turns")
  func metersDatagrams() throws {
    let gateway = Gateway(["example.com": 2])
    gateway.take(Self.up(QUICSample.clientInitial))
    gateway.take(Self.down(QUICSample.short(40)), at: 50)
    gateway.take(Self.up(QUICSample.short(1_000)), at: 100)
    gateway.take(Self.down(QUICSample.short(627)), at: 500)
    gateway.take(Self.down(QUICSample.short(327)), at: 900)
    let figures = gateway.figures()
    #expect(figures.map(\.wireBytesUp) == [28 + 1_200 + 28 + 1_000])
    #expect(figures.map(\.wireBytesDown) == [28 + 40 + 28 + 627 + 28 + 327])
    gateway.finish()
    let turn = try #require(gateway.seen.turns.first)
    #expect(turn.transport == .quic)
    #expect(turn.upstream.byteCount == 1_000 - QUICReading.packetOverhead)
    #expect(turn.downstream.byteCount == 627 + 327 - 2 * QUICReading.packetOverhead)
  }

  @Test("a flow whose hello does not come whole is named by the DNS answer in the end")
  func givesUp() {
    let gateway = Gateway()
    gateway.take(InferredNamesTests.answer())
    var damaged = QUICSample.clientInitial
    damaged[600] ^= 1
    gateway.take(Self.up(damaged))
    for index in 0..<200 {
      gateway.take(index % 2 == 0 ? Self.down(QUICSample.short(500)) : Self.up([0x40, 1, 2]))
    }
    #expect(gateway.seen.unnamed == [4])
    #expect(gateway.seen.sightings.map(\.client) == [Self.client])
    let figures = gateway.figures()
    #expect(figures.map(\.wireBytesUp) == [28 + 1_200 + 100 * 31])
    #expect(figures.map(\.wireBytesDown) == [100 * 528])
  }

  @Test("a flow seen from its middle is named by the DNS answer, whichever end is seen first")
  func namesMidstream() {
    for frame in [Self.up(QUICSample.short(500)), Self.down(QUICSample.short(500))] {
      let gateway = Gateway()
      gateway.take(InferredNamesTests.answer())
      gateway.take(frame)
      #expect(gateway.seen.unnamed == [4])
      #expect(gateway.seen.sightings.map(\.client) == [Self.client])
    }
  }

  @Test("a datagram to a port other than 443 is no use of a service", arguments: [3_478, 33_434])
  func passesOverOtherPorts(port: UInt16) {
    let gateway = Gateway()
    gateway.take(InferredNamesTests.answer())
    let server = Endpoint(address: Self.server.address, port: port)
    gateway.take(Frames.udp(Self.client, server, [UInt8](repeating: 0x40, count: 32)))
    #expect(gateway.seen.unnamed.isEmpty && gateway.seen.sightings.isEmpty)
    #expect(gateway.counters.flowsMatched == 0 && gateway.counters.flowsByDNS == 0)
    #expect(gateway.counters.flowsUnnamed == 1 && gateway.figures().isEmpty)
  }

  @Test("a DTLS hello tells its name and is not metered")
  func readsDTLS() {
    let hello = TLSSample.clientHello("api.example.com")
    // DTLS has a cookie after the session identifier, here an empty one.
    let body = hello[4..<39] + [0] + hello[39...]
    let length: [UInt8] = [0] + Frames.octets16(body.count)
    let message = [1] + length + [0, 0, 0, 0, 0] + length + body
    let record = [22, 0xfe, 0xfd] + [UInt8](repeating: 0, count: 8) + TLSSample.vector16(message)
    let gateway = Gateway()
    gateway.take(Self.up(record))
    #expect(gateway.seen.names == ["dtls api.example.com"])
    #expect(gateway.figures().isEmpty)
  }

  @Test("every prefix of an Initial is passed over")
  func passesOverPrefixes() {
    let gateway = Gateway()
    for length in stride(from: 0, to: 1_200, by: 13) {
      var port = Self.client
      port.port = UInt16(10_000 + length)
      gateway.take(
        Frames.udp(port, Self.server, Array(QUICSample.clientInitial.prefix(length))))
    }
    #expect(gateway.seen.names.isEmpty)
  }
}
