import Testing
import WireFormat

@testable import TrafficModel

@Suite("Names from the server's certificate")
struct CertificateNamesTests {
  static let ours = CertificateSample.certificate(["www.example.org", "api.example.com"])

  /// A connection whose client has said hello without a name.
  static func waiting(
    _ connection: inout Connection, _ gateway: Gateway, hello: [UInt8] = TLSSample.hello(nil)
  ) {
    gateway.take(connection.handshake())
    gateway.take(connection.up(hello))
  }

  @Test("a service with half the names decides, and the flow is metered from its start")
  func readsACertificate() throws {
    let gateway = Gateway()
    var connection = Connection()
    Self.waiting(&connection, gateway)
    #expect(gateway.seen.unnamed.isEmpty && gateway.waitCount == 1)
    gateway.take(connection.down(TLSSample.record(22, CertificateSample.flight(Self.ours))))
    #expect(gateway.seen.names == ["certificate api.example.com"])
    #expect(gateway.seen.further == ["certificate www.example.org"])
    #expect(gateway.seen.sightings.map(\.probability) == [0.5])
    #expect(gateway.counters.flowsByCertificate == 1)
    #expect(gateway.counters.flowsMatched == 1)
    #expect(gateway.waitCount == 0 && gateway.heldBytes == 0)
    gateway.take(connection.up(TLSSample.record(20, [1]) + TLSSample.record(22, [9, 9])), at: 50)
    gateway.take(connection.up(TLSSample.data(600)), at: 100)
    gateway.take(connection.down(TLSSample.data(300)), at: 200)
    gateway.finish()
    let flow = try #require(gateway.seen.ended.first)
    #expect(flow.sighting.source == .certificate && flow.tag == 4)
    let turn = try #require(gateway.seen.turns.first)
    // TLS 1.2 with AES-GCM: the explicit nonce and the tag make 24 octets, the sample takes 17.
    #expect(turn.transport == .tls12 && turn.upstream.byteCount == 600 + 17 - 24)
    // IP octets of all eight frames: nothing before the certificate is lost.
    let figures = try #require(gateway.seen.endedFigures.first)
    let hello = TLSSample.hello(nil).count
    #expect(figures.wireBytesUp == 5 * 40 + hello + 6 + 7 + 617 + 5)
  }

  @Test("the server's messages come in records and segments of any size", arguments: [1, 7, 300])
  func readsPieces(limit: Int) {
    let flight = CertificateSample.flight(Self.ours)
    let stream = TLSSample.records(flight, of: limit)
    for size in [1, 100, 5_000] {
      let gateway = Gateway()
      var connection = Connection()
      Self.waiting(&connection, gateway)
      for start in stride(from: 0, to: stream.count, by: size) {
        gateway.take(connection.down(Array(stream[start..<min(start + size, stream.count)])))
      }
      #expect(gateway.seen.names.last == "certificate api.example.com", "\(limit) \(size)")
    }
  }

  @Test("a certificate of nobody's leaves the flow to its address, and is counted")
  func passesOverOthers() {
    let other = CertificateSample.certificate(["www.example.org"])
    for known in [false, true] {
      let gateway = Gateway()
      var connection = Connection()
      if known { gateway.seen.knownAddresses = [connection.server.address: 6] }
      Self.waiting(&connection, gateway)
      gateway.take(connection.down(TLSSample.record(22, CertificateSample.flight(other))))
      #expect(gateway.seen.unnamed == [nil])
      #expect(gateway.counters.flowsByCertificate == (known ? 0 : 1))
      #expect(gateway.counters.flowsByAddress == (known ? 1 : 0))
      #expect(gateway.counters.flowsUnnamed == 0)
      #expect(gateway.figures().count == (known ? 1 : 0))
    }
  }

  @Test(
    "where no certificate will come, the flow is judged without one",
    arguments: [
      TLSSample.serverHello(),  // TLS 1.3
      TLSSample.serverHello(isTLS13: false, cipherSuite: 0x2f) + TLSSample.record(20, [1]),
      TLSSample.serverHello(isTLS13: false, cipherSuite: 0x2f)
        + TLSSample.record(22, [14, 0, 0, 0]),
      TLSSample.record(22, [12, 0, 0, 0]), [0x48, 0x54, 0x54, 0x50, 0x2f],
    ])
  func judgesWithout(answer: [UInt8]) {
    let gateway = Gateway()
    var connection = Connection()
    gateway.seen.knownAddresses = [connection.server.address: 6]
    Self.waiting(&connection, gateway)
    gateway.take(connection.down(answer))
    #expect(gateway.seen.unnamed == [nil])
    #expect(gateway.seen.names.isEmpty)
    #expect(gateway.waitCount == 0)
    #expect(gateway.figures().count == 1)
  }

  @Test(
    "a service's share of the names is how likely it is, and below half is not judged by",
    arguments: [(3, 0, 1), (3, 1, 0.75), (2, 2, 0.5), (2, 3, nil), (1, 19, nil)]
      as [(Int, Int, Double?)])
  func weighsShares(ours: Int, others: Int, expected: Double?) {
    let mine = (0..<ours).map { "\($0).api.example.com" }
    let gateway = Gateway(Dictionary(uniqueKeysWithValues: mine.map { ($0, 4) }))
    var connection = Connection()
    Self.waiting(&connection, gateway)
    let certificate = CertificateSample.certificate(
      (0..<others).map { "www.shop\($0).example" } + mine)
    gateway.take(connection.down(TLSSample.record(22, CertificateSample.flight(certificate))))
    let judged = gateway.seen.sightings.filter { $0.source == .certificate }
    #expect(judged.map(\.probability) == (expected.map { [$0] } ?? []))
    #expect(gateway.counters.flowsMatched == (expected == nil ? 0 : 1))
    #expect(gateway.figures().count == (expected == nil ? 0 : 1))
    #expect(gateway.seen.names.count + gateway.seen.further.count == ours + others)
    #expect(gateway.counters.flowsByCertificate == 1)
  }

  @Test("a client that DNS told another name of the server is not judged by the certificate")
  func believesTheAnswerFirst() {
    let ours = CertificateSample.certificate(["api.example.com"])
    for isOwn in [true, false] {
      let gateway = Gateway()
      gateway.take(InferredNamesTests.answer("www.example.org"))
      var connection = Connection()
      if !isOwn { connection.client.address = IPAddress(v4: 0x0a00_0006) }
      Self.waiting(&connection, gateway)
      gateway.take(connection.down(TLSSample.record(22, CertificateSample.flight(ours))))
      #expect(gateway.seen.further == (isOwn ? ["certificate api.example.com"] : []))
      #expect(gateway.counters.flowsMatched == (isOwn ? 0 : 1))
      #expect(gateway.figures().count == (isOwn ? 0 : 1))
    }
  }

  @Test("behind a certificate of others, what other clients were told of the server does not count")
  func passesOverOthersAnswers() {
    let other = CertificateSample.certificate(["www.example.org"])
    let gateway = Gateway()
    var connection = Connection()
    connection.client.address = IPAddress(v4: 0x0a00_0006)
    Self.waiting(&connection, gateway)
    gateway.take([InferredNamesTests.query(), InferredNamesTests.answer()])
    gateway.take(connection.down(TLSSample.record(22, CertificateSample.flight(other))))
    #expect(gateway.seen.candidates == [[]] && gateway.counters.flowsMatched == 0)
  }

  @Test("an alert before the server's hello ends nothing")
  func passesOverAlerts() {
    let gateway = Gateway()
    var connection = Connection()
    Self.waiting(&connection, gateway)
    gateway.take(connection.down(TLSSample.record(21, [1, 112])))
    gateway.take(connection.down(TLSSample.record(22, CertificateSample.flight(Self.ours))))
    #expect(gateway.seen.names.last == "certificate api.example.com")
  }

  @Test("where only the client's side is captured, its data ends the wait")
  func endsWithUpstreamData() {
    let gateway = Gateway()
    var connection = Connection()
    gateway.seen.knownAddresses = [connection.server.address: 6]
    Self.waiting(&connection, gateway)
    gateway.take(connection.up(TLSSample.record(20, [1]) + TLSSample.data(50)))
    #expect(gateway.seen.unnamed == [nil] && gateway.waitCount == 0)
  }

  @Test("what was not captured of the certificate ends the wait")
  func endsWithAGap() {
    let gateway = Gateway()
    var connection = Connection()
    Self.waiting(&connection, gateway)
    let frame = connection.down(TLSSample.record(22, CertificateSample.flight(Self.ours)))
    gateway.take(frame, snaplen: frame.count - 60)
    #expect(gateway.seen.unnamed == [nil] && gateway.seen.names.isEmpty && gateway.waitCount == 0)
  }

  @Test("a flow that ends while it waits is judged by its address and told with its figures")
  func judgesAtTheEnd() {
    let gateway = Gateway()
    var connection = Connection()
    gateway.seen.knownAddresses = [connection.server.address: 6]
    Self.waiting(&connection, gateway)
    gateway.finish()
    #expect(gateway.seen.unnamed == [nil])
    #expect(gateway.seen.ended.map(\.tag) == [6])
    #expect(gateway.seen.endedFigures.map { $0.wireBytesUp > 100 } == [true])
    #expect(gateway.heldBytes == 0)
  }

  @Test("a hello with a name waits for nothing, nor does one whose name DNS told")
  func waitsForNothing() {
    let gateway = Gateway()
    var connection = Connection()
    Self.waiting(&connection, gateway, hello: TLSSample.hello("www.example.org"))
    #expect(gateway.waitCount == 0 && gateway.probeCount == 0)
    gateway.take(InferredNamesTests.answer())
    connection = Connection()
    connection.client.port = 40_001
    Self.waiting(&connection, gateway)
    #expect(gateway.seen.unnamed == [4] && gateway.waitCount == 0)
  }

  @Test("an address as server name is told, and the certificate judges")
  func judgesAddressesByCertificate() {
    let gateway = Gateway()
    var connection = Connection()
    Self.waiting(&connection, gateway, hello: TLSSample.hello("192.0.2.10"))
    gateway.take(connection.down(TLSSample.record(22, CertificateSample.flight(Self.ours))))
    #expect(gateway.seen.names.first == "tls 192.0.2.10")
    #expect(gateway.seen.names.last == "certificate api.example.com")
    #expect(gateway.counters.flowsBySNI == 0 && gateway.counters.flowsByCertificate == 1)
  }

  @Test("a certificate that many share is told and not judged by")
  func tellsSharedCertificates() {
    let names = ["api.example.com"] + (0..<30).map { "\($0).example.org" }
    let gateway = Gateway()
    var connection = Connection()
    Self.waiting(&connection, gateway)
    let shared = CertificateSample.certificate(names)
    gateway.take(connection.down(TLSSample.record(22, CertificateSample.flight(shared))))
    #expect(gateway.seen.names.isEmpty)
    #expect(gateway.seen.further == names.map { "certificate \($0)" })
    #expect(gateway.figures().isEmpty)
  }

  @Test("a further name of a hello is told and not judged by")
  func tellsFurtherNames() {
    func entry(_ name: String) -> [UInt8] { [0] + TLSSample.vector16(Array(name.utf8)) }
    let list = TLSSample.vector16(entry("www.example.org") + entry("api.example.com"))
    let body =
      [3, 3] + [UInt8](repeating: 1, count: 32) + [0, 0, 2, 0x13, 1, 1, 0]
      + TLSSample.vector16([0, 0] + TLSSample.vector16(list))
    let gateway = Gateway()
    var connection = Connection()
    Self.waiting(
      &connection, gateway, hello: TLSSample.record(22, [1, 0] + TLSSample.vector16(body)))
    #expect(gateway.seen.names == ["tls www.example.org"])
    #expect(gateway.seen.further == ["tls api.example.com"])
    #expect(gateway.figures().isEmpty)
  }
}
