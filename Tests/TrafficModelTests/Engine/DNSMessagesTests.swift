import Testing
import WireFormat

@testable import TrafficModel

@Suite("DNS on the wire")
struct DNSMessagesTests {
  static let client = InferredNamesTests.client
  static let resolver = InferredNamesTests.resolver
  static let address = InferredNamesTests.server

  /// A response about `api.example.com` with the given records.
  static func response(_ records: [[UInt8]], type: UInt8 = 1) -> [UInt8] {
    [0, 1, 0x81, 0x80, 0, 1] + Frames.octets16(records.count) + [0, 0, 0, 0]
      + DNSSample.name("api.example.com") + [0, type, 0, 1] + records.flatMap { $0 }
  }

  static func record(_ owner: String, _ type: UInt8, _ data: [UInt8]) -> [UInt8] {
    DNSSample.name(owner) + [0, type, 0, 1, 0, 0, 0, 60] + TLSSample.vector16(data)
  }

  static let a = Frames.octets32(0xc000_020a)

  /// The tags under which a hello without a name is known after a response.
  private func tags(after response: [UInt8]) -> [Int32?] {
    let gateway = Gateway()
    gateway.take(Frames.udp(Self.resolver, Self.client, response))
    var connection = Connection()
    gateway.take(connection.up(TLSSample.hello(nil)))
    gateway.take(connection.down(TLSSample.serverHello()))
    return gateway.seen.unnamed
  }

  @Test("an address at the end of a chain of aliases is that of the name asked for, in any order")
  func followsAliases() {
    let chain = [
      Self.record("api.example.com", 5, DNSSample.name("edge.example.net")),
      Self.record("edge.example.net", 5, DNSSample.name("a1.cdn.example")),
      Self.record("a1.cdn.example", 1, Self.a),
    ]
    #expect(tags(after: Self.response(chain)) == [4])
    #expect(tags(after: Self.response(chain.reversed())) == [4])
  }

  @Test("an address of a name that the chain does not lead to is nobody's")
  func passesOverStrangers() {
    #expect(tags(after: Self.response([Self.record("evil.example", 1, Self.a)])) == [nil])
    let loop = [
      Self.record("api.example.com", 5, DNSSample.name("b.example")),
      Self.record("b.example", 5, DNSSample.name("api.example.com")),
      Self.record("evil.example", 1, Self.a),
    ]
    #expect(tags(after: Self.response(loop)) == [nil])
  }

  @Test("an address that an HTTPS record hints at is the name's")
  func takesHints() {
    let data: [UInt8] = [0, 1, 0, 0, 4, 0, 4] + Self.a
    let response = Self.response([Self.record("api.example.com", 65, data)], type: 65)
    #expect(tags(after: response) == [4])
  }

  @Test("of a truncated answer what is there counts")
  func takesTruncatedAnswers() {
    var response = Self.response([Self.record("api.example.com", 1, Self.a)])
    response[2] |= 2
    response[7] = 9
    #expect(tags(after: response) == [4])
  }

  @Test("of an answer with 5,000 addresses sixty-four are remembered")
  func boundsAnswers() {
    let records = (0..<5_000).map {
      Self.record("api.example.com", 1, Frames.octets32(0xc000_0200 + UInt32($0)))
    }
    let gateway = Gateway()
    var connection = Connection(client: Self.client, server: Self.resolver)
    gateway.take(connection.handshake())
    let framed = DNSStreamTests.framed(
      Array(Self.response(records).prefix(65_535)))
    for start in stride(from: 0, to: framed.count, by: 1_400) {
      gateway.take(connection.down(Array(framed[start..<min(start + 1_400, framed.count)])))
    }
    #expect(gateway.counters.dnsMessages == 1)
    #expect(gateway.answerCount == TrafficEngine.maximumAddressesPerAnswer)
  }

  @Test("names that compression multiplies are bounded work: 64 questions, 128 records")
  func boundsNames() {
    let label = [63] + [UInt8](repeating: 97, count: 63)
    let name: [UInt8] = label + label + label + [0]
    // Thousands of questions, each a pointer to the first one's name.
    var flood: [UInt8] = [0, 1, 1, 0, 0x1f, 0xff, 0, 0, 0, 0, 0, 0] + name + [0, 1, 0, 1]
    for _ in 0..<8_190 { flood += [0xc0, 12, 0, 1, 0, 1] }
    let gateway = Gateway()
    gateway.take(Frames.udp(Self.client, Self.resolver, flood))
    #expect(gateway.seen.questions.count == TrafficEngine.maximumQuestions)
    var records: [[UInt8]] = (0..<200).map { _ in Self.record("x.example", 1, Self.a) }
    records.append(Self.record("api.example.com", 1, Self.a))
    #expect(tags(after: Self.response(records)) == [nil])
  }

  @Test("a flow that an empty datagram opens is looked at from the next on")
  func passesOverEmptyDatagrams() {
    let gateway = Gateway()
    let server = Endpoint(address: Self.resolver.address, port: 8_053)
    gateway.take(Frames.udp(Self.client, server, []))
    gateway.take(Frames.udp(Self.client, server, DNSSample.query("www.example.com")))
    #expect(gateway.seen.questions.count == 1)
  }

  @Test("a query on another port is told by its structure; noise there is not")
  func readsOtherPorts() {
    let gateway = Gateway()
    let server = Endpoint(address: Self.resolver.address, port: 8_053)
    gateway.take(Frames.udp(Self.client, server, DNSSample.query("www.example.com")))
    gateway.take(Frames.udp(Self.client, server, DNSSample.query("two.example.com")))
    gateway.take(Frames.udp(Self.client, server, [UInt8](repeating: 1, count: 60)))
    gateway.take(Frames.udp(Self.client, server, DNSSample.query("late.example.com")))
    #expect(
      gateway.seen.questions == [
        "10.0.0.5 asks 10.0.0.1 for www.example.com", "10.0.0.5 asks 10.0.0.1 for two.example.com",
      ])
  }

  @Test("DNS over TCP on another port is told by its first message")
  func readsOtherTCPPorts() {
    let gateway = Gateway()
    var connection = Connection()
    connection.server.port = 5_300
    gateway.take(connection.handshake())
    gateway.take(connection.up(DNSStreamTests.framed(DNSSample.query("www.example.com"))))
    let second = DNSStreamTests.framed(DNSSample.query("two.example.com"))
    gateway.take(connection.up(Array(second.prefix(20))))
    gateway.take(connection.up(Array(second.dropFirst(20))))
    #expect(gateway.seen.questions.count == 2)
  }

  @Test("a name before the snaplen's cut is told, over UDP and TCP")
  func readsCutMessages() {
    let response = DNSSample.answer("api.example.com", [Self.address, Self.address])
    let gateway = Gateway()
    gateway.take(Frames.udp(Self.resolver, Self.client, response), snaplen: 14 + 28 + 40)
    var connection = Connection(client: Self.client, server: Self.resolver)
    gateway.take(connection.handshake())
    gateway.take(
      connection.down(DNSStreamTests.framed(response)), snaplen: 14 + 40 + 2 + 40)
    #expect(gateway.seen.questions.count == 2)
  }

  @Test("a question is told though the message's counts are damaged, noise is not")
  func readsDamagedCounts() {
    let gateway = Gateway()
    var damaged = DNSSample.query("www.example.com")
    damaged[4] = 0x88
    gateway.take(Frames.udp(Self.client, Self.resolver, damaged))
    damaged[28] = 9
    gateway.take(Frames.udp(Self.client, Self.resolver, damaged))
    #expect(gateway.seen.questions == ["10.0.0.5 asks 10.0.0.1 for www.example.com"])
    #expect(gateway.counters.dnsMalformed == 2)
  }

  @Test("a NetBIOS question is told with its suffix")
  func readsNetBIOS() {
    let port = Endpoint(address: Self.client.address, port: 137)
    let all = Endpoint(address: IPAddress(v4: 0x0a00_00ff), port: 137)
    let label = Array("DESK           ".utf8) + [0x20]
    let encoded = label.flatMap { [0x41 + $0 >> 4, 0x41 + $0 & 15] }
    let query = [0, 1, 1, 0x10, 0, 1, 0, 0, 0, 0, 0, 0, 32] + encoded + [0, 0, 0x20, 0, 1]
    let gateway = Gateway()
    gateway.take(Frames.udp(port, all, query))
    #expect(gateway.seen.questions == ["10.0.0.5 asks 10.0.0.255 for desk<20>"])
  }
}
