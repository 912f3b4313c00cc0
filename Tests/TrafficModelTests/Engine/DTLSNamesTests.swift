import Testing
import WireFormat

@testable import TrafficModel

@Suite("Names from DTLS, in pieces and behind STUN")
struct DTLSNamesTests {
  static let client = Endpoint(address: IPAddress(v4: 0x0a00_0005), port: 50_000)
  static let server = Endpoint(address: IPAddress(v4: 0xc000_020a), port: 3_478)

  static func up(_ payload: [UInt8]) -> [UInt8] { Frames.udp(client, server, payload) }
  static func down(_ payload: [UInt8]) -> [UInt8] { Frames.udp(server, client, payload) }

  /// The body of a hello, which has a cookie in DTLS.
  static func body(_ name: String?, cookie: [UInt8] = [], padding: Int = 0) -> [UInt8] {
    let hello = TLSSample.clientHello(name, padding: padding)
    return hello[4..<39] + [UInt8(cookie.count)] + cookie + hello[39...]
  }

  /// A fragment of a message in a record.
  static func record(_ body: [UInt8], _ range: Range<Int>, type: UInt8 = 1, sequence: UInt8 = 0)
    -> [UInt8]
  {
    func three(_ value: Int) -> [UInt8] { [0] + Frames.octets16(value) }
    let header = [type] + three(body.count) + [0, sequence] + three(range.lowerBound)
    return [22, 0xfe, 0xfd] + [UInt8](repeating: 0, count: 8)
      + TLSSample.vector16(header + three(range.count) + body[range])
  }

  static func whole(_ body: [UInt8], sequence: UInt8 = 0) -> [UInt8] {
    record(body, 0..<body.count, sequence: sequence)
  }

  static func stun(_ type: Int = 1, _ attributes: [UInt8] = []) -> [UInt8] {
    Frames.octets16(type) + Frames.octets16(attributes.count) + [0x21, 0x12, 0xa4, 0x42]
      + [UInt8](repeating: 3, count: 12) + attributes
  }

  @Test("fragments are joined in whatever order they come, also several to a datagram")
  func joinsFragments() {
    let body = Self.body("dtls.example.com", padding: 900)
    let (first, second, third) = (
      Self.record(body, 0..<400), Self.record(body, 400..<800),
      Self.record(body, 800..<body.count)
    )
    for datagrams in [
      [first, second, third], [third, first, second], [second, third, first],
      [first + second, third], [first + second + third], [first, first, third, second],
    ] {
      let gateway = Gateway()
      for datagram in datagrams { gateway.take(Self.up(datagram)) }
      #expect(gateway.seen.names == ["dtls dtls.example.com"])
      #expect(gateway.waitCount == 0 && gateway.heldBytes == 0)
    }
  }

  @Test("a second hello with a cookie tells no second name; the pieces of the two are not mixed")
  func readsHelloVerify() {
    let first = Self.body("dtls.example.com", padding: 500)
    let second = Self.body("dtls.example.com", cookie: [1, 2, 3, 4], padding: 500)
    let gateway = Gateway()
    gateway.take(Self.up(Self.whole(first)))
    gateway.take(Self.down(Self.record([0xfe, 0xff, 4, 1, 2, 3, 4], 0..<7, type: 3)))
    gateway.take(Self.up(Self.whole(second, sequence: 1)))
    #expect(gateway.seen.names == ["dtls dtls.example.com"])

    let other = Gateway()
    other.take(Self.up(Self.record(first, 0..<300)))
    other.take(Self.up(Self.record(second, 0..<300, sequence: 1)))
    other.take(Self.up(Self.record(first, 300..<first.count)))
    other.take(Self.up(Self.record(second, 0..<300, sequence: 1)))
    other.take(Self.up(Self.record(second, 300..<second.count, sequence: 1)))
    #expect(other.seen.names == ["dtls dtls.example.com"])
  }

  @Test("a flow that is seen from the HelloVerifyRequest on tells the second hello's name")
  func readsFromHelloVerify() {
    let gateway = Gateway()
    gateway.take(Self.down(Self.record([0xfe, 0xff, 4, 1, 2, 3, 4], 0..<7, type: 3)))
    let second = Self.body("dtls.example.com", cookie: [1, 2, 3, 4])
    gateway.take(Self.up(Self.whole(second, sequence: 1)))
    #expect(gateway.seen.names == ["dtls dtls.example.com"])
    #expect(gateway.seen.sightings.map(\.client) == [Self.client])
  }

  @Test("a hello whose end never comes tells the name it has")
  func readsAFirstFragment() {
    let body = Self.body("dtls.example.com", padding: 900)
    let gateway = Gateway()
    gateway.take(Self.up(Self.record(body, 0..<400)))
    #expect(gateway.seen.names.isEmpty && gateway.waitCount == 1)
    gateway.finish()
    #expect(gateway.seen.names == ["dtls dtls.example.com"])
    #expect(gateway.heldBytes == 0)
  }

  @Test("on a flow that began with STUN the hello is waited for")
  func readsBehindSTUN() {
    let hello = Self.whole(Self.body("media.example.com"))
    let channel = [0x40, 0x01] + TLSSample.vector16(hello) + [0]
    let attribute = [0, 0x13] + TLSSample.vector16(hello)
    let padded = attribute + [UInt8](repeating: 0, count: -attribute.count & 3)
    for payload in [hello, channel, Self.stun(0x16, padded)] {
      let gateway = Gateway()
      for _ in 0..<5 { gateway.take([Self.up(Self.stun()), Self.down(Self.stun(0x101))]) }
      gateway.take(Self.up(payload))
      #expect(gateway.seen.names == ["dtls media.example.com"])
    }
  }

  @Test("channel data counts only on a flow that began with STUN")
  func needsSTUN() {
    let hello = Self.whole(Self.body("media.example.com"))
    let gateway = Gateway()
    gateway.take(Self.up([0x40, 0x01] + TLSSample.vector16(hello)))
    #expect(gateway.seen.names.isEmpty && gateway.counters.flowsUnnamed == 1)
  }

  @Test("STUN without end is given up, and a flow of nothing else has no name")
  func givesUpOnSTUN() {
    let gateway = Gateway()
    for _ in 0..<2_000 { gateway.take(Self.up(Self.stun())) }
    #expect(gateway.counters.flowsUnnamed == 1 && gateway.seen.unnamed.isEmpty)
    let short = Gateway()
    short.take(Self.up(Self.stun()))
    short.finish()
    #expect(short.counters.flowsUnnamed == 1 && short.counters.flowsWithoutPayload == 0)
  }

  @Test("a STUN flow to a server that DNS named is no use of it, and given up at once")
  func judgesSTUNByDNS() {
    let gateway = Gateway()
    gateway.take(InferredNamesTests.answer())
    gateway.take(Self.up(Self.stun()))
    #expect(gateway.seen.unnamed.isEmpty && gateway.counters.flowsMatched == 0)
    #expect(gateway.counters.flowsUnnamed == 1)
  }

  @Test("fragments that lie are given up within the bounds")
  func survivesLies() {
    let body = Self.body("dtls.example.com", padding: 16_000)
    let gateway = Gateway()
    // One octet at a time, every second one: stretches without end.
    for index in stride(from: 0, to: 2_000, by: 2) {
      gateway.take(Self.up(Self.record(body, index..<index + 1)))
    }
    #expect(gateway.waitCount == 0 && gateway.heldBytes == 0)
    #expect(gateway.seen.names.isEmpty)

    // More flows than there are places.
    for port in 0..<500 {
      var other = Self.client
      other.port = UInt16(10_000 + port)
      gateway.take(Frames.udp(other, Self.server, Self.record(body, 0..<10)))
    }
    #expect(gateway.waitCount == Gateway.small.dtlsProbes)
    #expect(gateway.counters.probesRefused == 500 - Gateway.small.dtlsProbes)
  }

  @Test("what a hello says is told where it is wanted")
  func tellsFacts() throws {
    for wants in [false, true] {
      let gateway = Gateway()
      gateway.seen.wantsFacts = wants
      gateway.take(Self.up(Self.whole(Self.body("dtls.example.com"))))
      let facts = try #require(gateway.seen.sightings.first).facts
      #expect(facts?.ja4?.prefix(10) == (wants ? "d13d010200" : nil))
    }
  }
}
