import Testing
import WireFormat

@testable import TrafficModel

@Suite("Traffic in wrappings and tunnels")
struct WrappedTrafficTests {
  /// The IP packets of an exchange over TLS, in order.
  static func exchange() -> [[UInt8]] {
    var connection = Connection()
    var frames = connection.handshake()
    frames.append(connection.up(TLSSample.hello("api.example.com")))
    frames.append(connection.down(TLSSample.serverHello() + TLSSample.data(1_000)))
    frames.append(connection.up(TLSSample.finished))
    return frames.map { Array($0[14...]) }
  }

  @Test("a flow inside is named and metered as one outside", arguments: Wrap.all)
  func readsInside(wrap: Wrap) {
    let (inside, outside) = (Gateway(), Gateway())
    for packet in Self.exchange() {
      inside.take(wrap.wrap(packet), at: 0, linkType: wrap.linkType)
      outside.take(Frames.ethernet(packet, type: 0x0800))
    }
    #expect(inside.seen.names == ["tls api.example.com"])
    #expect(inside.seen.sightings.map { $0.tunnel?.description } == [wrap.tunnel])
    // Volume is that of the packets inside.
    #expect(inside.figures() == outside.figures())
    #expect(inside.counters.tunnelledPackets == (wrap.tunnel == nil ? 0 : 6))
    #expect(inside.counters.flows == 1 + wrap.outerFlows)
    #expect(inside.counters.malformedPackets == 0)
  }

  @Test("a cut frame is a packet that the snaplen cut, inside as outside", arguments: Wrap.all)
  func countsCutPackets(wrap: Wrap) {
    let gateway = Gateway()
    let packets = Self.exchange()
    for packet in packets[..<4] { gateway.take(wrap.wrap(packet), linkType: wrap.linkType) }
    let last = wrap.wrap(packets[4])
    gateway.take(Array(last.dropLast(700)), originalLength: last.count, linkType: wrap.linkType)
    let figures = gateway.figures()
    #expect(figures.map(\.wireBytesDown) == [40 + packets[4].count])
    #expect(figures.map(\.truncatedPackets) == [1])
  }

  @Test("IPv6 in IPv4, IPv4 in IPv6, both in one another")
  func mixesFamilies() {
    let resolver = Endpoint(address: IPAddress(high: 0x2001_0db8_0000_0000, low: 53), port: 53)
    let client = Endpoint(address: IPAddress(high: 0x2001_0db8_0000_0000, low: 5), port: 5_000)
    let query = Frames.udp(client, resolver, DNSSample.query("a.example.com"))
    let six = Frames.ip(from: Wrap.near, to: Wrap.far, protocol: 41, Array(query[14...]))
    let gateway = Gateway()
    gateway.take(six)
    gateway.take(
      Frames.ip(from: client.address, to: resolver.address, protocol: 4, Array(six[14...])))
    #expect(
      gateway.seen.questions
        == Array(
          repeating: "2001:db8::5 asks 2001:db8::35 for a.example.com via ip-in-ip \(Wrap.ends)",
          count: 2
        ))
    #expect(gateway.counters.tunnelledPackets == 3)
  }

  @Test("a Teredo client's packet (RFC 4380)")
  func readsTeredo() {
    let client = Endpoint(address: IPAddress(high: 0x2001_0000_53aa_064c, low: 5), port: 5_000)
    let resolver = Endpoint(address: IPAddress(high: 0x2001_0db8_0000_0000, low: 53), port: 53)
    let query = Array(Frames.udp(client, resolver, DNSSample.query("a.example.com"))[14...])
    let gateway = Gateway()
    gateway.take(
      Frames.udp(
        Endpoint(address: Wrap.near, port: 40_000), Endpoint(address: Wrap.far, port: 3_544), query)
    )
    #expect(gateway.seen.questions.map { $0.hasSuffix("via teredo \(Wrap.ends)") } == [true])
  }

  @Test("one direction in a tunnel and the other outside are one flow")
  func joinsHalves() {
    let gateway = Gateway()
    let geneve = Wrap.overUDP("geneve", port: 6_081) { _ in [0, 0, 8, 0, 0, 0, 7, 0] }
    for (index, packet) in Self.exchange().enumerated() {
      let isUp = [0, 2, 3, 5].contains(index)
      gateway.take(isUp ? geneve.wrap(packet) : Frames.ethernet(packet, type: 0x0800))
    }
    let figures = gateway.figures()
    #expect(figures.count == 1 && figures[0].wireBytesDown > 1_000 && figures[0].wireBytesUp > 200)
    #expect(gateway.counters.flows == 2)
  }

  @Test("what is no tunnel on a tunnel's port is read as what it is")
  func fallsThrough() {
    let gateway = Gateway()
    for port in [
      1_701, 2_152, 3_544, 4_341, 4_754, 4_789, 4_790, 5_247, 6_081, 6_635, 8_472, 37_008,
    ]
      as [UInt16]
    {
      let client = Endpoint(address: IPAddress(v4: 0x0a00_0005), port: port)
      gateway.take(Frames.udp(client, DatagramNamesTests.server, QUICSample.clientInitial))
    }
    #expect(gateway.seen.names == Array(repeating: "quic example.com", count: 12))
    #expect(gateway.counters.tunnelledPackets == 0 && gateway.counters.malformedPackets == 0)
  }

  @Test("a tunnel is found behind messages that carry no packet, and behind noise")
  func knowsTheTunnel() {
    let gateway = Gateway()
    let near = Endpoint(address: Wrap.near, port: 2_152)
    let far = Endpoint(address: Wrap.far, port: 2_152)
    // Nothing, noise, an echo request, then a packet.
    gateway.take(Frames.udp(near, far, []))
    gateway.take(Frames.udp(near, far, [0x99, 1, 2, 3]))
    gateway.take(Frames.udp(near, far, [0x32, 1, 0, 4, 0, 0, 0, 0, 0, 1, 0, 0]))
    let query = Frames.udp(
      InferredNamesTests.client, InferredNamesTests.resolver, DNSSample.query("a.example.com"))
    let packet = Array(query[14...])
    gateway.take(
      Frames.udp(near, far, [0x30, 255] + Frames.octets16(packet.count) + [0, 0, 0, 9] + packet))
    #expect(gateway.seen.questions.count == 1)
    #expect(gateway.counters.nonIPPackets == 1 && gateway.counters.flows == 1)
    gateway.finish()
    #expect(gateway.flowCount == 0)
  }

  @Test("the sender of the tunnel's frame is not taken for the host inside")
  func keepsMACsApart() {
    let client = IPAddress(v4: 0x0a00_0005)
    let gre = Wrap.overIP("GRE", "gre", protocol: 47, [0, 0, 8, 0])
    let bridged = Wrap.overIP("GRE", "gre", protocol: 47, [0, 0, 0x65, 0x58], isFrame: true)
    for tunnel in [gre, bridged] {
      let gateway = Gateway()
      for packet in Self.exchange() { gateway.take(tunnel.wrap(packet)) }
      #expect(gateway.seen.names == ["tls api.example.com"])
      #expect(gateway.hosts[client] == nil)
    }
  }

  @Test("nothing of who a host is comes out of a tunnel", arguments: Wrap.all)
  func learnsNothingInTunnels(wrap: Wrap) {
    let host = Endpoint(address: HostNamesTests.address, port: 5_353)
    let all = Endpoint(address: IPAddress(v4: 0x0a00_00ff), port: 137)
    let messages = [
      Frames.udp(
        host, HostNamesTests.group,
        HostNamesTests.response(HostNamesTests.addresses("forged.local"))),
      Frames.udp(
        Endpoint(address: HostNamesTests.address, port: 137), all,
        HostNamesTests.registration("FORGED", suffix: 0, flags: 0, of: 0x0a00_0005)),
      Frames.udp(
        Endpoint(address: IPAddress(v4: 0x0a00_0001), port: 67),
        Endpoint(address: HostNamesTests.address, port: 68), Self.lease),
    ]
    guard wrap.tunnel != nil else { return }
    for message in messages {
      let gateway = Gateway()
      gateway.take(message)
      #expect(gateway.hosts[HostNamesTests.address] != nil)
      let inside = Gateway()
      inside.take(wrap.wrap(Array(message[14...])), linkType: wrap.linkType)
      #expect(inside.counters.tunnelledPackets == 1)
      #expect(inside.hosts[HostNamesTests.address] == nil)
    }
  }

  /// A DHCP acknowledgement that gives 10.0.0.5 to 02:00:00:00:00:05 (RFC 2131).
  private static let lease: [UInt8] =
    [2, 1, 6, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0] + Frames.octets32(0x0a00_0005)
    + [0, 0, 0, 0, 0, 0, 0, 0] + Frames.mac + [UInt8](repeating: 0, count: 202)
    + [0x63, 0x82, 0x53, 0x63, 53, 1, 5, 255]

  @Test("each frame of an A-MSDU is taken, also behind a malformed one")
  func takesAggregates() {
    func subframe(_ name: String) -> [UInt8] {
      let frame = Frames.udp(
        InferredNamesTests.client, InferredNamesTests.resolver, DNSSample.query(name))
      let content = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0] + frame[14...]
      let all = frame[..<12] + Frames.octets16(content.count) + content
      return all + [UInt8](repeating: 0, count: -all.count & 3)
    }
    let gateway = Gateway()
    let header: [UInt8] = [0x88, 1, 0, 0] + [UInt8](repeating: 2, count: 18) + [0, 0, 0x80, 0]
    var damaged = subframe("lost.example.com")
    damaged[22] = 0x4f  // An IP header longer than the frame says it is.
    damaged[24] = 0
    damaged[25] = 20
    let frame =
      header + subframe("a.example.com") + damaged + damaged + subframe("bc.example.com")
    gateway.take(frame, linkType: 105)
    #expect(gateway.seen.questions.map { $0.suffix(14) } == [" a.example.com", "bc.example.com"])
    #expect(gateway.counters.packets == 1 && gateway.counters.aggregatedFrames == 4)
    #expect(gateway.counters.malformedPackets == 2)
  }

  @Test("what is encrypted below the transport is counted")
  func countsSealed() {
    let gateway = Gateway()
    gateway.take(Frames.ip(from: Wrap.near, to: Wrap.far, protocol: 50, [1, 2, 3, 4, 5, 6, 7, 8]))
    gateway.take(Frames.ethernet([0x0c, 0, 0, 0, 0, 1, 9, 9], type: 0x88e5))
    gateway.take([0x08, 0x41] + [UInt8](repeating: 2, count: 30), linkType: 105)
    #expect(gateway.counters.sealedPackets == 3)
  }

  @Test("eight packets in one another are read, nine are too deep")
  func capsPackets() {
    var packet = Array(
      Frames.udp(
        InferredNamesTests.client, InferredNamesTests.resolver, DNSSample.query("a.example.com"))[
          14...])
    for depth in 1...10 {
      let gateway = Gateway()
      gateway.take(Frames.ethernet(packet, type: 0x0800))
      #expect(gateway.seen.questions.count == (depth <= 8 ? 1 : 0))
      #expect(gateway.counters.packetsTooDeep == (depth <= 8 ? 0 : 1))
      packet = Array(Frames.ip(from: Wrap.near, to: Wrap.far, protocol: 4, packet)[14...])
    }
  }

  @Test("wrappings without an end are counted, whatever they are")
  func capsWrappings() {
    let gateway = Gateway()
    let header: [UInt8] = [0x0f, 0xc2, 2, 4, 0, 0, 1, 255]
    gateway.take(
      Frames.ethernet(Array(repeating: header, count: 100).flatMap(\.self), type: 0x894f))
    let tag: [UInt8] = [0, 1, 0x81, 0]
    gateway.take(Frames.ethernet(Array(repeating: tag, count: 40).flatMap(\.self), type: 0x8100))
    #expect(gateway.counters.packetsTooDeep == 2 && gateway.counters.malformedPackets == 0)
    // The next frame begins anew.
    for packet in Self.exchange() { gateway.take(Wrap.all[3].wrap(packet)) }
    #expect(gateway.seen.names == ["tls api.example.com"])
  }
}
