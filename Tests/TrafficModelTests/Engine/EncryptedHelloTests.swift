import Testing
import WireFormat

@testable import TrafficModel

@Suite("Real encrypted hellos and GREASE")
struct EncryptedHelloTests {
  static let client = InferredNamesTests.client
  static let resolver = InferredNamesTests.resolver

  /// An ECHConfigList with one configuration.
  static func configList(id: UInt8, publicName: String) -> [UInt8] {
    let contents =
      [id, 0, 0x20] + TLSSample.vector16([1, 2, 3, 4]) + TLSSample.vector16([0, 1, 0, 1])
      + [64, UInt8(publicName.utf8.count)] + Array(publicName.utf8) + [0, 0]
    return TLSSample.vector16([0xfe, 0x0d] + TLSSample.vector16(contents))
  }

  /// An HTTPS answer about `api.example.com`: its address, and a configuration if there is one.
  static func binding(_ configList: [UInt8]?, to client: Endpoint = client) -> [UInt8] {
    var data: [UInt8] = [0, 1, 0, 0, 4, 0, 4] + DNSMessagesTests.a
    if let configList { data += [0, 5] + TLSSample.vector16(configList) }
    let record = DNSMessagesTests.record("api.example.com", 65, data)
    return Frames.udp(resolver, client, DNSMessagesTests.response([record], type: 65))
  }

  /// What a hello with encrypted_client_hello for configuration 42 is taken for after `frames`.
  private func kind(
    of name: String, after frames: [[UInt8]], client: UInt32 = 0x0a00_0005
  ) -> (EncryptedHello?, Gateway) {
    let gateway = Gateway()
    gateway.take(frames)
    var connection = Connection()
    connection.client.address = IPAddress(v4: client)
    gateway.take(connection.handshake() + [connection.up(TLSSample.hello(name, echConfigID: 42))])
    return (gateway.seen.sightings.first?.ech, gateway)
  }

  private static let announced = binding(configList(id: 42, publicName: "public.example"))

  @Test("a hello with an announced public name and its configuration is real, and named by DNS")
  func tellsReal() {
    let (kind, gateway) = kind(of: "public.example", after: [Self.announced])
    #expect(kind == .real)
    #expect(gateway.seen.names == ["tls public.example"])
    #expect(gateway.seen.unnamed == [4])
    #expect(gateway.counters.flowsWithECHReal == 1 && gateway.counters.flowsBySNI == 0)
    #expect(gateway.counters.flowsByDNS == 1 && gateway.figures().count == 1)
  }

  @Test("what another client was told shows that a hello is real, and not where its client goes")
  func believesTheClientOnly() {
    let (kind, gateway) = kind(
      of: "PUBLIC.example", after: [InferredNamesTests.query(), Self.announced],
      client: 0x0a00_0006)
    #expect(kind == .real)
    #expect(gateway.seen.candidates == [[]])
    #expect(gateway.counters.flowsMatched == 0 && gateway.counters.flowsByDNS == 0)
    // The same of a public name that is known.
    let other = self.kind(
      of: "cloudflare-ech.com", after: [InferredNamesTests.query(), InferredNamesTests.answer()],
      client: 0x0a00_0006)
    #expect(other.0 == .real && other.1.seen.candidates == [[]])
  }

  @Test("another configuration than the announced one is not shown to be real")
  func comparesConfigurations() {
    let frames = [Self.binding(Self.configList(id: 41, publicName: "public.example"))]
    #expect(kind(of: "public.example", after: frames).0 == .unknown)
  }

  @Test("a name that its client asked for is the destination's: GREASE")
  func tellsGrease() {
    let (kind, gateway) = kind(of: "api.example.com", after: [Self.binding(nil)])
    #expect(kind == .grease)
    #expect(gateway.seen.names == ["tls api.example.com"])
    #expect(gateway.counters.flowsWithECHGrease == 1 && gateway.counters.flowsBySNI == 1)
    #expect(self.kind(of: "api.example.com", after: [InferredNamesTests.answer()]).0 == .grease)
    #expect(self.kind(of: "api.example.com", after: [Self.announced]).0 == .grease)
  }

  @Test("without an answer nothing tells, and the name is judged as it stands")
  func tellsUnknown() {
    let (kind, gateway) = kind(of: "api.example.com", after: [])
    #expect(kind == .unknown)
    #expect(gateway.counters.flowsMatched == 1 && gateway.counters.flowsWithECHUnknown == 1)
  }

  @Test("a public name that is known is real without an announcement")
  func knowsPublicNames() {
    #expect(kind(of: "cloudflare-ech.com", after: []).0 == .real)
  }

  @Test("announcements end with their lifetime, and the table stays its size")
  func forgets() {
    var table = AnnouncementTable(slots: 64, seed: 3)
    let time = Timestamp(seconds: 100)
    for name in UInt64(0)..<1_000 {
      table.insert(
        .publicName(name, configID: 1), client: Self.client.address, ttl: 60, isForAll: true,
        at: time)
    }
    #expect(table.evictedCount > 1_900)
    let last = AnnouncementTable.Announcement.publicName(999, configID: 1)
    let held = [100, 760, 761].map {
      table.holds(last, client: Self.client.address, at: Timestamp(seconds: $0))
    }
    #expect(held == [true, true, false])
  }
}

@Suite("Flows that hide names")
struct HiddenNamesTests {
  @Test(
    "resolvers and relays are told by name, port or ALPN",
    arguments: [
      ("dns.google", 443, [], "doh dns.google"),
      ("Mozilla.Cloudflare-DNS.com", 443, [], "doh Mozilla.Cloudflare-DNS.com"),
      ("odoh.cloudflare-dns.com", 443, [], "odoh odoh.cloudflare-dns.com"),
      ("abc123.dns.nextdns.io.", 443, [], "doh abc123.dns.nextdns.io."),
      ("DoH.example.net", 443, [], "doh DoH.example.net"),
      ("mask-h2.icloud.com", 443, [], "privateRelay mask-h2.icloud.com"),
      ("resolver.example", 853, [], "dot resolver.example"),
      ("resolver.example", 443, ["dot"], "dot resolver.example"),
    ] as [(String, UInt16, [String], String)])
  func tellsThem(name: String, port: UInt16, protocols: [String], expected: String) {
    let gateway = Gateway()
    var connection = Connection()
    connection.server.port = port
    gateway.take(connection.handshake())
    gateway.take(connection.up(TLSSample.hello(name, protocols: protocols)))
    #expect(gateway.seen.hidden == [expected])
    #expect(gateway.counters.encryptedDNSFlows + gateway.counters.flowsPrivateRelay == 1)
  }

  @Test(
    "names that only look like them are not",
    arguments: [
      "dns.google.evil.test", "doh.", "dohx.example", "xdns.google", "google", "icloud.com",
      "www.cloudflare.com", ".",
    ])
  func passesOverOthers(name: String) {
    let gateway = Gateway()
    var connection = Connection()
    gateway.take(connection.handshake())
    gateway.take(connection.up(TLSSample.hello(name)))
    #expect(gateway.seen.hidden.isEmpty)
  }

  @Test("a resolver without a name is told by its port, once a flow")
  func tellsPorts() {
    let gateway = Gateway()
    let client = Endpoint(address: IPAddress(v4: 0x0a00_0005), port: 50_000)
    let server = Endpoint(address: IPAddress(v4: 0x0808_0808), port: 853)
    for _ in 0..<3 { gateway.take(Frames.udp(client, server, [1, 2, 3])) }
    var connection = Connection()
    connection.server.port = 853
    gateway.take(connection.handshake() + [connection.up(TLSSample.hello(nil))])
    gateway.finish()
    #expect(gateway.seen.hidden == ["dot ", "dot "])
  }
}
