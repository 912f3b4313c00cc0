import Testing
import WireFormat

@testable import TrafficModel

/// Tables that somebody fills on purpose: each keeps its bound, and a counter says what found no room.
@Suite("Floods")
struct FloodTests {
  static func client(_ number: Int) -> Endpoint {
    Endpoint(address: IPAddress(v4: 0x0b00_0000 + UInt32(number)), port: 50_000)
  }

  static func connection(_ number: Int) -> Connection {
    var connection = Connection()
    connection.client = client(number)
    return connection
  }

  @Test("DNS answers beyond the cache push others out, and are counted")
  func boundsAnswers() {
    let gateway = Gateway()
    let resolver = Endpoint(address: IPAddress(v4: 0x0808_0808), port: 53)
    for number in 0..<2_000 {
      let addresses = (0..<8).map { IPAddress(v4: 0xc600_0000 + UInt32(8 * number + $0)) }
      gateway.take(
        Frames.udp(resolver, Self.client(number), DNSSample.answer("api.example.com", addresses)))
    }
    gateway.sweep()
    #expect(gateway.answerCount == 16_000)
    // Nobody was seen to ask, so that each answer is remembered for its client only.
    #expect(gateway.counters.dnsAnswersUnasked == 2_000)
    #expect(gateway.counters.dnsAnswersEvicted > 16_000 - 3 * Gateway.small.nameSlots)
  }

  @Test("hosts beyond the table are refused, and counted")
  func boundsHosts() {
    var limits = Gateway.small
    limits.hosts = 100
    let gateway = Gateway(limits: limits)
    for number in 0..<1_000 { gateway.take(Self.discover(number)) }
    #expect(gateway.hosts.refusedCount >= 900)
    let known = (0..<1_000).filter { gateway.hosts[Self.client($0).address] != nil }
    #expect(known.count == 100)
  }

  /// A DHCP request by which a client renews its address (RFC 2131, section 4.3.6).
  static func discover(_ number: Int) -> [UInt8] {
    var message = [UInt8](repeating: 0, count: 240)
    message.replaceSubrange(0..<3, with: [1, 1, 6])
    message.replaceSubrange(12..<16, with: Frames.octets32(client(number).address.v4 ?? 0))
    message.replaceSubrange(28..<34, with: [2, 0] + Frames.octets32(UInt32(number)))
    message.replaceSubrange(236..<240, with: [0x63, 0x82, 0x53, 0x63])
    message += [53, 1, 3, 12, 4] + Array("host".utf8) + [255]
    var source = client(number)
    source.port = 68
    return Frames.udp(
      source, Endpoint(address: IPAddress(v4: 0xffff_ffff), port: 67), message)
  }

  @Test("QUIC connections beyond the probes are refused, and a piece far off holds what it holds")
  func boundsQUICProbes() throws {
    var limits = Gateway.small
    limits.quicProbes = 64
    limits.heldBytes = 1_000_000
    let gateway = Gateway(limits: limits)
    // A CRYPTO frame of one octet at 60,000 (RFC 9000, section 19.6).
    let datagram = try InitialSealer().seal([6, 0x80, 0, 0xea, 0x60, 1, 0], atLeast: 1_100)
    for number in 0..<200 {
      let server = Endpoint(address: IPAddress(v4: 0xc000_0201), port: 443)
      gateway.take(Frames.udp(Self.client(number), server, datagram))
      #expect(gateway.heldBytes <= 1_000_000 + CryptoStream.maximumOctets + 2_048)
    }
    #expect(gateway.counters.waitsRefused > 0)
    gateway.finish()
    #expect(gateway.heldBytes == 0)
  }

  @Test("answers of the smallest records keep no more sizes than there is room for")
  func boundsRecordSizes() {
    var limits = Gateway.small
    limits.heldBytes = 50_000
    let gateway = Gateway(limits: limits)
    let small = Array(
      [UInt8](repeating: 0, count: 200).flatMap { _ in [23, 3, 3, 0, 1, 0] as [UInt8] })
    var flows = (0..<20).map(Self.connection)
    for index in flows.indices {
      gateway.take(flows[index].handshake())
      gateway.take(flows[index].up(TLSSample.hello("api.example.com")))
      gateway.take(flows[index].down(TLSSample.serverHello()))
      gateway.take(flows[index].up(TLSSample.finished))
      gateway.take(flows[index].up(TLSSample.data(300)))
      gateway.take(flows[index].down(TLSSample.data(900)))
    }
    for _ in 0..<60 {
      for index in flows.indices { gateway.take(flows[index].down(small)) }
      #expect(gateway.heldBytes < 50_000 + 2_000)
    }
    gateway.finish()
    #expect(gateway.heldBytes == 0)
    #expect(gateway.seen.turns.count == 20)
    #expect(gateway.seen.turns.allSatisfy { $0.downstream.recordCount == 1 + 60 * 200 })
    let sizes = gateway.seen.turns.reduce(0) { $0 + $1.downstreamSizes.count }
    #expect(sizes > 10_000 && sizes < 14_000)
  }

  @Test("hellos of servers that never end are let go without room, and the flows metered on")
  func boundsServerHellos() {
    var limits = Gateway.small
    limits.heldBytes = 20_000
    let gateway = Gateway(limits: limits)
    let begun: [UInt8] =
      [22, 3, 3, 0x40, 0, 2, 0, 0x3f, 0xfc] + [UInt8](repeating: 0, count: 1_391)
    for number in 0..<100 {
      var flow = Self.connection(number)
      gateway.take(flow.handshake())
      gateway.take(flow.up(TLSSample.hello("api.example.com")))
      gateway.take(flow.down(begun))
      #expect(gateway.heldBytes < 20_000 + 2_100)
    }
    gateway.finish()
    #expect(gateway.heldBytes == 0)
    #expect(gateway.seen.ended.count == 100)
  }

  @Test("metered flows beyond their places are refused, and counted")
  func boundsMeteredFlows() {
    let gateway = Gateway()
    for number in 0..<1_000 {
      var flow = Self.connection(number)
      gateway.take(flow.handshake())
      gateway.take(flow.up(TLSSample.hello("api.example.com")))
    }
    #expect(gateway.counters.probesRefused == 1_000 - Gateway.small.meteredFlows)
  }

  @Test("segments of one octet, in order, reversed and shuffled, hold no more than a flow may")
  func boundsSmallSegments() {
    var generator = Generator(state: 9)
    for order in 0..<3 {
      let gateway = Gateway()
      var connection = Connection()
      gateway.take(connection.handshake())
      let first = connection.clientNext
      var places = Array(UInt32(1)..<3_000)
      if order == 1 { places.reverse() }
      if order == 2 { places.shuffle(using: &generator) }
      for place in places {
        connection.clientNext = first &+ place
        gateway.take(connection.up([22]))
        #expect(
          gateway.heldBytes
            <= 2 * StreamAssembler.maximumPendingSegments * 97 + ProbingFlow.maximumPreamble)
      }
      gateway.finish()
      #expect(gateway.heldBytes == 0)
    }
  }

  @Test("fragments with holes are dropped by age and number, and counted")
  func boundsFragments() {
    let gateway = Gateway()
    for number in 0..<20_000 {
      gateway.take(
        Frames.fragment(
          from: UInt32(number), to: 2, protocol: 17, [UInt8](repeating: 7, count: 8),
          identification: number & 0xffff, offset: 8 * (1 + 2 * (number & 127)), moreFollow: true))
    }
    #expect(gateway.counters.fragments == 20_000)
    #expect(gateway.counters.droppedFragments == 20_000 - FragmentReassembler.maximumDatagrams)
  }
}

@Suite("Limits by memory")
struct MemoryLimitsTests {
  /// Octets of all tables when they are full at once, by the figures in the documentation. Probes of QUIC and DTLS are
  /// among the octets held.
  static func octets(_ limits: TrafficEngine.Limits) -> Double {
    60 * Double(limits.flowSlots) + 1.3 * Double(limits.heldBytes)
      + 900 * Double(limits.probingFlows)
      + 1_000 * Double(limits.certificateWaits + limits.meteredFlows)
      + 48 * Double(limits.nameSlots) + 24 * Double(limits.announcementSlots)
      + 500 * Double(limits.hosts)
  }

  @Test(
    "leave a quarter of what the tables take to accounts", arguments: [80, 128, 256, 300, 4_096])
  func staysBelow(megabytes: Int) {
    let limits = TrafficEngine.Limits(memoryByteCount: megabytes * 1_000_000)
    let tables = Double(megabytes * 1_000_000 - TrafficEngine.Limits.baseByteCount)
    #expect(Self.octets(limits) < 0.78 * tables)
    #expect(Self.octets(limits) > 0.4 * tables)
  }

  @Test("never fall below those of the least memory")
  func hasAFloor() {
    let none = TrafficEngine.Limits(memoryByteCount: 0)
    let least = TrafficEngine.Limits(
      memoryByteCount: TrafficEngine.Limits.minimumMemoryByteCount)
    #expect(none.flowSlots == least.flowSlots && none.meteredFlows == least.meteredFlows)
    #expect(least.meteredFlows > 1_000)
  }
}
