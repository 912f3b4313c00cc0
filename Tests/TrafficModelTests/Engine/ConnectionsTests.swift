import Testing
import WireFormat

@testable import TrafficModel

@Suite("QUIC connections on one five-tuple, and one connection on two")
struct ConnectionsTests {
  static func up(_ payload: [UInt8]) -> [UInt8] { DatagramNamesTests.up(payload) }
  static func down(_ payload: [UInt8]) -> [UInt8] { DatagramNamesTests.down(payload) }

  /// An Initial with a whole hello.
  static func initial(
    _ name: String, _ keyID: [UInt8], token: [UInt8] = [], version: InitialSealer = InitialSealer()
  ) throws -> [UInt8] {
    var sealer = version
    sealer.keyID = keyID
    sealer.token = token
    let message = TLSSample.clientHello(name)
    return try sealer.seal(QUICProbeTests.frame(0..<message.count, of: message))
  }

  static let one: [UInt8] = [1, 1, 1, 1, 1, 1, 1, 1]
  static let two: [UInt8] = [2, 2, 2, 2, 2, 2, 2, 2]

  @Test("a connection before and behind a NAT tells its name on both flows")
  func namesTwins() throws {
    let packet = try Self.initial("api.example.com", Self.one)
    let outside = Endpoint(address: IPAddress(v4: 0xcb00_7105), port: 61_000)
    let gateway = Gateway([:])
    gateway.take(Self.up(packet))
    gateway.take(Frames.udp(outside, DatagramNamesTests.server, packet))
    #expect(gateway.seen.names == ["quic api.example.com", "quic api.example.com"])
    #expect(gateway.seen.sightings.map(\.client) == [DatagramNamesTests.client, outside])
  }

  @Test("a new connection on the five-tuple of one that was nothing of ours is looked at")
  func looksAtANewConnection() throws {
    let gateway = Gateway([:])
    gateway.take(Self.up(try Self.initial("one.example.com", Self.one)))
    gateway.take(Self.down(QUICSample.short(500)))
    gateway.take(Self.up(try Self.initial("two.example.com", Self.two)), at: 5_000)
    #expect(gateway.seen.names == ["quic one.example.com", "quic two.example.com"])
    #expect(gateway.counters.flows == 2)
  }

  @Test("packets of the same connection are not: its connection ID, the server's, damaged ones")
  func knowsItsConnection() throws {
    let gateway = Gateway([:])
    gateway.take(Self.up(try Self.initial("one.example.com", Self.one)))
    var later = InitialSealer()
    later.keyID = Self.one
    later.destination = [9, 9, 9, 9, 9, 9, 9, 9]
    let acknowledgement = try later.seal([2, 0, 0, 0, 0], packetNumber: 1)
    gateway.take(Self.up(acknowledgement))
    gateway.take(Self.up(acknowledgement))
    gateway.take(Self.up(try Self.initial("one.example.com", Self.one)))
    #expect(gateway.seen.names == ["quic one.example.com"])
    #expect(gateway.counters.flows == 1)
    // The keys of the server's connection ID were tried once.
    #expect(gateway.counters.quicInitialsRefused == 1)
  }

  @Test("the connection ID that the server gives itself costs no keys")
  func learnsTheServersConnectionID() throws {
    let gateway = Gateway([:])
    gateway.take(Self.up(try Self.initial("one.example.com", Self.one)))
    // Initial and Handshake packets of the server, which calls itself 2 2 2 … and the client 3 3 3 …
    for type: UInt8 in [0xc0, 0xe0] {
      let token: [UInt8] = type == 0xc0 ? [0] : []
      let header = [type, 0, 0, 0, 1, 8] + [UInt8](repeating: 3, count: 8) + [8] + Self.two + token
      gateway.take(Self.down(header + [30] + [UInt8](repeating: 0x5a, count: 30)))
    }
    var later = InitialSealer()
    later.keyID = Self.one
    later.destination = Self.two
    gateway.take(Self.up(try later.seal([2, 0, 0, 0, 0], packetNumber: 1)))
    #expect(gateway.counters.quicInitialsRefused == 0)
    #expect(gateway.counters.quicInitialsOpened == 1)
    #expect(gateway.seen.names == ["quic one.example.com"])
  }

  @Test("the server is seen first: what it sent is counted downstream")
  func countsWhatTheServerSentFirst() throws {
    let gateway = Gateway(["one.example.com": 1])
    let handshake = [0xe0, 0, 0, 0, 1, 0, 0, 30] + [UInt8](repeating: 0x5a, count: 30)
    let packet = try Self.initial("one.example.com", Self.one)
    gateway.take(Self.down(handshake))
    gateway.take(Self.up(packet))
    let figures = gateway.figures()
    #expect(figures.map(\.wireBytesUp) == [28 + packet.count])
    #expect(figures.map(\.wireBytesDown) == [28 + handshake.count])
  }

  @Test("a metered connection ends when another begins; the hello of that may need two packets")
  func endsTheMetered() throws {
    let gateway = Gateway(["one.example.com": 1, "two.example.com": 2])
    gateway.take(Self.up(try Self.initial("one.example.com", Self.one)))
    gateway.take(Self.up(QUICSample.short(1_000)), at: 100)
    gateway.take(Self.down(QUICSample.short(600)), at: 200)
    var sealer = InitialSealer()
    sealer.keyID = Self.two
    let message = TLSSample.clientHello("two.example.com", padding: 200)
    let halves = [0..<150, 150..<message.count].map { QUICProbeTests.frame($0, of: message) }
    gateway.take(Self.up(try sealer.seal(halves[0])), at: 20_000)
    #expect(gateway.seen.ended.map(\.tag) == [1])
    gateway.take(Self.up(try sealer.seal(halves[1], packetNumber: 1)), at: 20_001)
    gateway.take(Self.down(QUICSample.short(300)), at: 20_100)
    gateway.finish()
    #expect(gateway.seen.names == ["quic one.example.com", "quic two.example.com"])
    #expect(gateway.seen.ended.map(\.tag) == [1, 2])
    #expect(gateway.heldBytes == 0)
  }

  @Test("after a Retry or a Version Negotiation a metered connection goes on")
  func goesOnAfterRetry() throws {
    let gateway = Gateway(["one.example.com": 1])
    gateway.take(Self.up(try Self.initial("one.example.com", Self.one)))
    gateway.take(Self.down([0xf0, 0, 0, 0, 1, 0, 8] + Self.two + [1, 2, 3]))
    gateway.take(Self.up(try Self.initial("one.example.com", Self.two, token: [7, 7])))
    gateway.take(Self.up(try Self.initial("one.example.com", Self.two, version: .v2)))
    gateway.finish()
    #expect(gateway.seen.names == ["quic one.example.com"])
    #expect(gateway.seen.ended.count == 1)
  }

  @Test("a five-tuple that was silent for long is a new flow, whatever it carries")
  func forgetsSilentFlows() throws {
    let gateway = Gateway([:])
    let packet = try Self.initial("one.example.com", Self.one)
    gateway.take(Self.up(packet))
    gateway.take(Self.up(packet), at: 60_000)
    #expect(gateway.seen.names.count == 1)
    gateway.take(Self.up(packet), at: 121_000)
    #expect(gateway.seen.names.count == 2)
    #expect(gateway.flowCount == 1)
  }

  @Test(
    "a flow that was first seen in its middle, or from the server, is named by a client's Initial")
  func namesAfterTheMiddle() throws {
    for first in [
      Self.down(QUICSample.short(500)), Self.down([0xf0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
    ] {
      let gateway = Gateway([:])
      gateway.take(first)
      gateway.take(Self.up(try Self.initial("one.example.com", Self.one)))
      #expect(gateway.seen.names == ["quic one.example.com"])
      #expect(gateway.seen.sightings.last?.client == DatagramNamesTests.client)
    }
  }

  @Test("a version that is not known tells the name when it opens")
  func readsUnknownVersions() throws {
    let gateway = Gateway([:])
    let greased = InitialSealer(number: 0x0a0a_0a0a)
    gateway.take(Self.up(try Self.initial("one.example.com", Self.one, version: greased)))
    #expect(gateway.seen.names == ["quic one.example.com"])
    #expect(gateway.counters.quicInitialsOpened == 1)
  }
}

@Suite("Hostile QUIC")
struct HostileQUICTests {
  @Test("mutated datagrams stop nothing and tell no other name")
  func survivesMutations() throws {
    let hello = GoogleSample.hello("www.example.com")
    let cryptoFrame = [8, 0] + Frames.octets16(0x4000 | hello.count) + hello
    let samples = [
      try ConnectionsTests.initial("www.example.com", ConnectionsTests.one),
      try InitialSealer.v2.seal(QUICProbeTests.halves[0]),
      try InitialSealer(number: 0x1a2a_3a4a).seal(QUICProbeTests.halves[0]),
      try InitialSealer.q050.seal(cryptoFrame),
      GoogleSample.publicPacket(33, GoogleSample.stream(hello, isOld: true)),
      GoogleSample.publicPacket(43, GoogleSample.stream(hello)),
      GoogleSample.longPacket(GoogleSample.stream(hello)),
    ]
    var generator = Generator(state: 21)
    let gateway = Gateway([:])
    for round in 0..<6_000 {
      var datagram = samples[round % samples.count]
      for _ in 0..<1 + generator.below(4) {
        // Headers and frames lie in the first octets.
        let place = generator.below(generator.below(2) == 0 ? 60 : datagram.count)
        datagram[place] = UInt8(truncatingIfNeeded: generator.next())
      }
      if generator.below(4) == 0 { datagram.removeLast(generator.below(datagram.count)) }
      var client = DatagramNamesTests.client
      client.port = UInt16(20_000 + generator.below(40))
      gateway.take(
        generator.below(3) == 0
          ? Frames.udp(DatagramNamesTests.server, client, datagram)
          : Frames.udp(client, DatagramNamesTests.server, datagram), at: Int64(round))
    }
    gateway.finish()
    // A mutation may hit the name itself, where nothing seals it.
    let sealed = gateway.seen.names.filter { $0.hasPrefix("quic ") }
    #expect(sealed.allSatisfy { $0 == "quic www.example.com" })
    #expect(
      gateway.seen.names.allSatisfy {
        $0.utf8.count == "gquic www.example.com".utf8.count || $0.hasPrefix("quic ")
      })
    #expect(gateway.heldBytes == 0)
  }

  @Test("a flow with ever new connection IDs stays one flow, and nothing of it is held")
  func holdsNothing() throws {
    let gateway = Gateway([:])
    var generator = Generator(state: 22)
    var packet = QUICSample.clientInitial
    for round in 0..<100 {
      packet.replaceSubrange(6..<14, with: generator.octets(8))
      gateway.take(ConnectionsTests.up(packet), at: Int64(round))
    }
    #expect(gateway.counters.quicInitialsOpened == 0)
    #expect(gateway.counters.flows == 1)
    #expect(gateway.heldBytes == 0)
  }
}
