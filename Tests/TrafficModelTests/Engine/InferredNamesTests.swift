import Testing
import WireFormat

@testable import TrafficModel

@Suite("Names inferred from DNS answers")
struct InferredNamesTests {
  static let name = "api.example.com"
  static let client = Endpoint(address: IPAddress(v4: 0x0a00_0005), port: 40_000)
  static let resolver = Endpoint(address: IPAddress(v4: 0x0a00_0001), port: 53)
  static let server = IPAddress(v4: 0xc000_020a)

  static func answer(_ name: String = name, ttl: UInt32 = 60) -> [UInt8] {
    Frames.udp(resolver, client, DNSSample.answer(name, [server], ttl: ttl))
  }

  @Test("a question is told with who asked whom")
  func tellsQuestions() {
    let gateway = Gateway()
    gateway.take(Frames.udp(Self.client, Self.resolver, DNSSample.query("API.Example.com")))
    #expect(gateway.seen.questions == ["10.0.0.5 asks 10.0.0.1 for api.example.com"])
    #expect(gateway.counters.dnsMessages == 1)
  }

  @Test("a hello without a name is named by the answer that its client got")
  func namesHellosWithoutSNI() {
    let gateway = Gateway()
    gateway.take(Self.answer())
    var connection = Connection()
    gateway.take(connection.handshake(), at: 10)
    gateway.take(connection.up(TLSSample.hello(nil)), at: 20)
    #expect(gateway.seen.unnamed == [4])
    #expect(gateway.seen.sightings.map(\.source) == [.dns])
    #expect(gateway.counters.flowsByDNS == 1)
  }

  @Test("what another client was told is not believed")
  func keepsClientsApart() {
    let gateway = Gateway()
    gateway.take(Self.answer())
    var connection = Connection()
    connection.client.address = IPAddress(v4: 0x0a00_0006)
    gateway.take(connection.handshake() + [connection.up(TLSSample.hello(nil))])
    #expect(gateway.seen.unnamed == [nil])
    #expect(gateway.counters.flowsUnnamed == 1)
  }

  @Test("an answer is believed for its lifetime and ten minutes", arguments: [659, 661])
  func forgetsAnswers(seconds: Int64) {
    let gateway = Gateway()
    gateway.take(Self.answer(ttl: 60))
    var connection = Connection()
    gateway.take(connection.up(TLSSample.hello(nil)), at: seconds * 1_000)
    #expect(gateway.seen.unnamed == [seconds < 660 ? 4 : nil])
  }

  @Test("answers over TCP are read, in segments of one octet and two to a segment")
  func readsTCP() {
    let answer = DNSSample.answer(Self.name, [Self.server])
    let framed = Frames.octets16(answer.count) + answer
    for pieces in [framed.map { [$0] }, [framed + framed]] {
      let gateway = Gateway()
      var connection = Connection(client: Self.client, server: Self.resolver)
      gateway.take(connection.handshake())
      for piece in pieces { gateway.take(connection.down(piece)) }
      var other = Connection()
      gateway.take(other.up(TLSSample.hello(nil)))
      #expect(gateway.seen.unnamed == [4])
    }
  }

  @Test("an answer in IPv4 fragments is put together")
  func readsFragments() {
    let gateway = Gateway()
    let datagram = Frames.datagram(
      Self.resolver, Self.client, DNSSample.answer(Self.name, [Self.server]))
    let cut = 40
    let pieces = [
      (offset: cut, bytes: Array(datagram[cut...]), moreFollow: false),
      (offset: 0, bytes: Array(datagram[..<cut]), moreFollow: true),
    ]
    for piece in pieces {
      gateway.take(
        Frames.fragment(
          from: 0x0a00_0001, to: 0x0a00_0005, protocol: 17, piece.bytes, offset: piece.offset,
          moreFollow: piece.moreFollow))
    }
    var connection = Connection()
    gateway.take(connection.up(TLSSample.hello(nil)))
    #expect(gateway.seen.unnamed == [4])
    #expect(gateway.counters.fragments == 2)
    #expect(gateway.counters.reassembledDatagrams == 1)
  }

  @Test("a flow seen from its middle is metered by the answer, whichever end is seen first")
  func metersMidstream() {
    for isUpFirst in [true, false] {
      let gateway = Gateway()
      gateway.take(Self.answer())
      var connection = Connection()
      gateway.take(isUpFirst ? connection.up(TLSSample.data(500)) : connection.down([1, 2, 3]))
      #expect(gateway.seen.unnamed == [4])
      #expect(gateway.seen.sightings[0].client == connection.client)
      #expect(gateway.counters.flowsMatched == 1)
    }
  }

  @Test("a flow that tells nothing in its first segments is metered by the answer")
  func metersFlowsThatTellNothing() {
    let gateway = Gateway()
    gateway.take(Self.answer())
    var connection = Connection()
    gateway.take(connection.handshake())
    for _ in 0..<30 { gateway.take(connection.up([1, 2, 3])) }
    #expect(gateway.seen.unnamed == [4])
    let figures = gateway.figures()
    #expect(figures.map(\.wireBytesUp) == [2 * 40 + 30 * 43])
    #expect(figures.map(\.missedBytes) == [0])
  }

  @Test("a hello cut before its name leaves the flow to the answer")
  func metersCutHellos() {
    let gateway = Gateway()
    gateway.take(Self.answer())
    var connection = Connection()
    gateway.take(connection.handshake())
    gateway.take(connection.up(TLSSample.hello(Self.name)), snaplen: 90)
    #expect(gateway.seen.names.isEmpty)
    #expect(gateway.seen.unnamed == [4])
  }

  @Test("a failed, multicast or broken answer is not remembered")
  func passesOverOtherAnswers() {
    var failed = DNSSample.answer(Self.name, [Self.server])
    failed[3] |= 3
    let multicast = Endpoint(address: Self.server, port: 5353)
    let broken = DNSSample.answer(Self.name, [Self.server]).dropLast(3)
    let frames = [
      Frames.udp(Self.resolver, Self.client, failed),
      Frames.udp(multicast, Self.client, DNSSample.answer(Self.name, [Self.server])),
      Frames.udp(Self.resolver, Self.client, Array(broken)),
    ]
    let gateway = Gateway()
    gateway.take(frames)
    var connection = Connection()
    gateway.take(connection.up(TLSSample.hello(nil)))
    #expect(gateway.seen.unnamed == [nil])
    #expect(gateway.counters.dnsMalformed == 1)
  }
}
