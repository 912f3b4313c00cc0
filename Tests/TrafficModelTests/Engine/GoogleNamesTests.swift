import Testing
import WireFormat

@testable import TrafficModel

@Suite("Names from Google's QUIC")
struct GoogleNamesTests {
  static func up(_ payload: [UInt8]) -> [UInt8] { DatagramNamesTests.up(payload) }
  static func down(_ payload: [UInt8]) -> [UInt8] { DatagramNamesTests.down(payload) }

  @Test("each of its ways to carry a hello tells the name", arguments: [24, 33, 35, 38, 39, 43])
  func readsPublicHeaders(version: Int) {
    let gateway = Gateway()
    let frame = GoogleSample.stream(GoogleSample.hello("www.example.com"), isOld: version < 39)
    gateway.take(Self.up(GoogleSample.publicPacket(version, frame)))
    #expect(gateway.seen.names == ["gquic www.example.com"])
    #expect(gateway.counters.flowsByQUIC == 1)
  }

  @Test("a hello in two packets, the second first, with the long header of Q046")
  func gathersPieces() {
    let hello = GoogleSample.hello("www.example.com", padding: 300)
    let gateway = Gateway()
    gateway.take(Self.up(GoogleSample.longPacket(GoogleSample.stream(hello[..<200]))))
    gateway.take(Self.down(GoogleSample.short(60)))
    #expect(gateway.seen.names.isEmpty)
    gateway.take(
      Self.up(GoogleSample.longPacket(GoogleSample.stream(hello[200...], at: 200), number: 2)))
    #expect(gateway.seen.names == ["gquic www.example.com"])
  }

  @Test("a client that was refused says a second hello behind the first")
  func readsTheSecondHello() {
    let hello = GoogleSample.hello("www.example.com")
    let gateway = Gateway()
    gateway.take(Self.up(GoogleSample.longPacket(GoogleSample.stream(hello, at: 1_300))))
    #expect(gateway.seen.names == ["gquic www.example.com"])
  }

  @Test("Q050 is opened under its own salt")
  func opensQ050() throws {
    let hello = GoogleSample.hello("www.example.com")
    let frame = [8, 0] + Frames.octets16(0x4000 | hello.count) + hello
    let gateway = Gateway()
    gateway.take(Self.up(try InitialSealer.q050.seal([0x07] + frame)))
    #expect(gateway.seen.names == ["gquic www.example.com"])
    #expect(gateway.counters.quicInitialsOpened == 1)
  }

  @Test("a metered flow counts its datagrams, the hello's not among them")
  func metersDatagrams() throws {
    let gateway = Gateway(["api.example.com": 2])
    let hello = GoogleSample.publicPacket(
      43, GoogleSample.stream(GoogleSample.hello("api.example.com")))
    gateway.take(Self.up(hello))
    gateway.take(Self.up(hello), at: 10)
    gateway.take(Self.up(GoogleSample.short(1_000)), at: 100)
    gateway.take(Self.down(GoogleSample.short(627)), at: 500)
    gateway.finish()
    let turn = try #require(gateway.seen.turns.first)
    #expect(turn.transport == .quic)
    #expect(turn.upstream.byteCount == 1_000 - QUICReading.packetOverhead)
    #expect(turn.downstream.byteCount == 627 - QUICReading.packetOverhead)
  }

  @Test("what looks like it and is not tells nothing")
  func inventsNothing() {
    let hello = GoogleSample.hello("www.example.com")
    var descending = hello
    // The second tag's end below the first's.
    descending[20] = 1
    var otherMessage = hello
    otherMessage[0] = UInt8(ascii: "S")
    var otherStream = GoogleSample.stream(hello)
    otherStream[1] = 3
    let datagrams = [
      GoogleSample.publicPacket(43, GoogleSample.stream(descending)),
      GoogleSample.publicPacket(43, GoogleSample.stream(otherMessage)),
      GoogleSample.publicPacket(43, otherStream),
      GoogleSample.publicPacket(39, GoogleSample.stream(hello, isOld: true)),
      [0x0d] + GoogleSample.connectionID + Array("Q099".utf8) + hello,
      [0x0d] + GoogleSample.connectionID + Array("X043".utf8) + hello,
    ]
    let gateway = Gateway()
    for (index, datagram) in datagrams.enumerated() {
      var client = DatagramNamesTests.client
      client.port += UInt16(index)
      gateway.take(Frames.udp(client, DatagramNamesTests.server, datagram))
    }
    #expect(gateway.seen.names.isEmpty)
  }

  @Test("every proper prefix of a packet tells nothing")
  func passesOverPrefixes() {
    let frame = GoogleSample.stream(GoogleSample.hello("www.example.com"))
    let packet = Array(GoogleSample.publicPacket(43, frame).dropLast(30))
    let gateway = Gateway()
    for length in 0..<packet.count {
      var client = DatagramNamesTests.client
      client.port = UInt16(10_000 + length)
      gateway.take(
        Frames.udp(client, DatagramNamesTests.server, Array(packet.prefix(length))))
    }
    #expect(gateway.seen.names.isEmpty)
  }
}
