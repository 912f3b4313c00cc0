import Testing
import WireFormat

@testable import TrafficModel

@Suite("Hellos in the form of SSL 2.0")
struct SSLv2NamesTests {
  /// TLS 1.0, two cipher specifications.
  static let hello: [UInt8] =
    [0x80, 31, 1, 3, 1, 0, 6, 0, 0, 0, 16, 0, 0, 0x39, 7, 0, 0xc0]
    + [UInt8](repeating: 0x5a, count: 16)

  @Test(
    "the flow has no name until the server's certificate tells one", arguments: [11, 12, 20, 33])
  func readsWhatFollows(size: Int) throws {
    let gateway = Gateway()
    var connection = Connection()
    gateway.take(connection.handshake())
    for start in stride(from: 0, to: Self.hello.count, by: size) {
      gateway.take(connection.up(Array(Self.hello[start..<min(start + size, Self.hello.count)])))
    }
    #expect(gateway.waitCount == 1 && gateway.probeCount == 0)
    let flight = CertificateSample.flight(CertificateNamesTests.ours)
    gateway.take(connection.down(TLSSample.record(22, flight)))
    #expect(gateway.seen.names.last == "certificate api.example.com")
    gateway.take(
      connection.up(TLSSample.record(22, [16, 0, 0, 1, 7]) + TLSSample.data(500)), at: 9)
    gateway.take(connection.down(TLSSample.data(200)), at: 20)
    gateway.finish()
    // The records after the hello are read from their first octet on.
    #expect(gateway.seen.turns.map { $0.upstream.byteCount } == [500 + 17 - 24])
    #expect(gateway.seen.endedFigures.map(\.missedBytes) == [0])
  }

  @Test("what only begins like one goes on as any other flow")
  func passesOverOthers() {
    let gateway = Gateway()
    gateway.seen.knownAddresses = [Connection().server.address: 6]
    for octets: [UInt8] in [
      [0x80, 31, 1, 3, 1, 0, 7], [0x80, 31, 4], [0x81], [UInt8](repeating: 0x80, count: 100),
    ] {
      var connection = Connection()
      connection.client.port = UInt16(50_000 + octets.count)
      gateway.take(connection.handshake())
      gateway.take(connection.up(octets))
      gateway.take(connection.up(TLSSample.hello("api.example.com")))
    }
    #expect(gateway.waitCount == 0 && gateway.seen.unnamed.isEmpty)
  }

  @Test("a server that speaks SSL 2.0 itself is judged without its certificate")
  func readsRealSSLv2() {
    let gateway = Gateway()
    gateway.seen.knownAddresses = [Connection().server.address: 6]
    var connection = Connection()
    gateway.take(connection.handshake() + [connection.up(Self.hello)])
    gateway.take(connection.down([0x80, 0x40, 4, 0, 1, 0, 2] + [UInt8](repeating: 9, count: 60)))
    #expect(gateway.seen.unnamed == [nil] && gateway.waitCount == 0)
  }
}
