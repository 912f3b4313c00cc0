import Testing
import WireFormat

@testable import TrafficModel

@Suite("Names inferred from DNS answers")
struct InferredNamesTests {
  static let name = "api.example.com"
  static let client = Endpoint(address: IPAddress(v4: 0x0a00_0005), port: 40_000)
  static let resolver = Endpoint(address: IPAddress(v4: 0x0a00_0001), port: 53)
  static let server = IPAddress(v4: 0xc000_020a)

  static func query(_ name: String = name) -> [UInt8] {
    Frames.udp(client, resolver, DNSSample.query(name))
  }

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

  @Test("what another client was told is believed less")
  func weighsOthersAnswers() {
    let gateway = Gateway()
    gateway.take([Self.query(), Self.answer()])
    var connection = Connection()
    connection.client.address = IPAddress(v4: 0x0a00_0006)
    gateway.take(connection.handshake() + [connection.up(TLSSample.hello(nil))])
    #expect(gateway.seen.candidates == [[NameCandidate(tag: 4, probability: 0.8)]])
    #expect(gateway.seen.sightings.map(\.probability) == [0.8])
  }

  @Test("what a client was told of whom nothing may be told names no other's flow")
  func keepsSilentAboutExcludedClients() {
    let gateway = Gateway()
    gateway.seen.silent = [Self.client.address]
    gateway.take([Self.query(), Self.answer()])
    for client in [UInt32(0x0a00_0006), 0x0a00_0005] {
      var connection = Connection()
      connection.client.address = IPAddress(v4: client)
      gateway.take(
        connection.handshake() + [
          connection.up(TLSSample.hello(nil)), connection.down(TLSSample.serverHello()),
        ])
    }
    #expect(gateway.seen.candidates == [[], [NameCandidate(tag: 4, probability: 1)]])
  }

  /// The candidates of the flow of a client, 10.0.0.5 or another, after `frames`, and how many answers nobody asked for.
  private func candidates(
    client: UInt32, after frames: [[UInt8]], at milliseconds: [Int64] = []
  ) -> ([[NameCandidate]], unasked: Int) {
    let gateway = Gateway()
    for (place, frame) in frames.enumerated() {
      gateway.take(frame, at: place < milliseconds.count ? milliseconds[place] : 0)
    }
    var connection = Connection()
    connection.client.address = IPAddress(v4: client)
    gateway.take(connection.up(TLSSample.hello(nil)), at: 90_000)
    gateway.take(connection.down(TLSSample.serverHello()), at: 90_000)
    return (gateway.seen.candidates, gateway.counters.dnsAnswersUnasked)
  }

  @Test("an answer that nobody was seen to ask for is believed of its client only")
  func believesUnaskedAnswersLess() {
    let own = candidates(client: 0x0a00_0005, after: [Self.answer()])
    #expect(own.0 == [[NameCandidate(tag: 4, probability: 1)]] && own.unasked == 1)
    let other = candidates(client: 0x0a00_0006, after: [Self.answer()])
    #expect(other.0 == [[]] && other.unasked == 1)
    // On another port it is not believed at all.
    let port = Endpoint(address: Self.resolver.address, port: 8_053)
    let elsewhere = Frames.udp(port, Self.client, DNSSample.answer(Self.name, [Self.server]))
    #expect(candidates(client: 0x0a00_0005, after: [elsewhere]).0 == [[]])
  }

  @Test("where a client's questions are seen, an answer to none of them is not believed")
  func passesOverForgedAnswers() {
    var identifier = DNSSample.answer(Self.name, [Self.server])
    identifier[1] = 2
    var port = Self.client
    port.port = 40_001
    let forged = [
      Frames.udp(Self.resolver, Self.client, identifier), Self.answer("www." + Self.name),
      Frames.udp(Self.resolver, port, DNSSample.answer(Self.name, [Self.server])),
    ]
    for frame in forged {
      for client in [0x0a00_0005, 0x0a00_0006] as [UInt32] {
        let found = candidates(client: client, after: [Self.query(), frame])
        #expect(found.0 == [[]] && found.unasked == 1)
      }
    }
    let late = candidates(
      client: 0x0a00_0005, after: [Self.query(), Self.answer()], at: [0, 31_000])
    #expect(late.0 == [[]] && late.unasked == 1)
    let real = candidates(
      client: 0x0a00_0006, after: [Self.query(), Self.answer()], at: [0, 30_000])
    #expect(real.0 == [[NameCandidate(tag: 4, probability: 0.8)]] && real.unasked == 0)
  }

  @Test("an answer in a tunnel is believed of its client only, and by a question in one")
  func believesTunnelsLess() {
    func wrapped(_ frame: [UInt8]) -> [UInt8] {
      Frames.ip(from: Wrap.near, to: Wrap.far, protocol: 4, Array(frame[14...]))
    }
    let inside = [wrapped(Self.query()), wrapped(Self.answer())]
    let own = candidates(client: 0x0a00_0005, after: inside)
    #expect(own.0 == [[NameCandidate(tag: 4, probability: 1)]] && own.unasked == 0)
    #expect(candidates(client: 0x0a00_0006, after: inside).0 == [[]])
    let mixed = candidates(
      client: 0x0a00_0006, after: [wrapped(Self.query()), Self.answer()])
    #expect(mixed.0 == [[]] && mixed.unasked == 1)
  }

  @Test("a client's own answer stands before those of others")
  func prefersTheClient() {
    let gateway = Gateway()
    gateway.take(Self.answer())
    let other = Endpoint(address: IPAddress(v4: 0x0a00_0006), port: 40_000)
    gateway.take(Frames.udp(Self.resolver, other, DNSSample.answer("b.example", [Self.server])))
    for client in [Self.client, other] {
      var connection = Connection()
      connection.client.address = client.address
      gateway.take(connection.up(TLSSample.hello(nil)))
      gateway.take(connection.down(TLSSample.serverHello()))
    }
    #expect(gateway.seen.unnamed == [4, -1])
    #expect(gateway.seen.candidates.map { $0.map(\.probability) } == [[1], [1]])
  }

  @Test("an address with an AI service's name and others' is ambiguous, and counted as such")
  func abstains() {
    let gateway = Gateway()
    for name in [Self.name, "b.example", "c.example"] { gateway.take(Self.answer(name)) }
    var connection = Connection()
    gateway.take(connection.up(TLSSample.hello(nil)), at: 10_000)
    gateway.take(connection.down(TLSSample.serverHello()), at: 10_000)
    #expect(gateway.counters.flowsAmbiguous == 1 && gateway.counters.flowsUnnamed == 1)
    #expect(gateway.counters.flowsMatched == 0)
    var midstream = Connection()
    midstream.client.port = 50_001
    for _ in 0..<30 { gateway.take(midstream.up(TLSSample.data(500)), at: 10_000) }
    #expect(gateway.counters.flowsAmbiguous == 2 && gateway.counters.flowsUnnamed == 2)
  }

  @Test("an answer is believed for its lifetime and ten minutes", arguments: [659, 661])
  func forgetsAnswers(seconds: Int64) {
    let gateway = Gateway()
    gateway.take(Self.answer(ttl: 60))
    var connection = Connection()
    gateway.take(connection.up(TLSSample.hello(nil)), at: seconds * 1_000)
    gateway.take(connection.down(TLSSample.serverHello()), at: seconds * 1_000)
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
    gateway.take(connection.down(TLSSample.serverHello()))
    #expect(gateway.seen.unnamed == [nil])
    #expect(gateway.counters.dnsMalformed == 1)
  }
}
