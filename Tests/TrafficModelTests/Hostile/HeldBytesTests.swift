import Testing
import WireFormat

@testable import TrafficModel

/// What waits for its turn is bounded for all flows together: a LAN host could otherwise make the agent hold half a MiB
/// for each of 65,536 flows.
@Suite("Memory that waiting octets take")
struct HeldBytesTests {
  static func gateway(heldBytes: Int = 100_000) -> Gateway {
    var limits = Gateway.small
    limits.heldBytes = heldBytes
    return Gateway(limits: limits)
  }

  /// The `number`th of many clients.
  static func connection(_ number: Int) -> Connection {
    var connection = Connection()
    connection.client.address = IPAddress(v4: 0x0b00_0000 + UInt32(number))
    return connection
  }

  @Test("early segments before a hello are held within the limit")
  func boundsProbes() {
    let gateway = Self.gateway()
    for number in 0..<200 {
      var connection = Self.connection(number)
      gateway.take(connection.handshake())
      connection.clientNext &+= 100
      for _ in 0..<5 { gateway.take(connection.up([UInt8](repeating: 7, count: 1_400))) }
      #expect(gateway.heldBytes < 100_000 + 2_000)
    }
    #expect(gateway.heldBytes > 90_000)
    gateway.finish()
    #expect(gateway.heldBytes == 0)
  }

  @Test("half hellos are held within the limit, and whole ones still read")
  func boundsHellos() {
    let gateway = Self.gateway()
    let hello = TLSSample.hello("api.example.com", padding: 2_000)
    for number in 0..<200 {
      var connection = Self.connection(number)
      gateway.take(connection.up(Array(hello[..<1_500])))
      #expect(gateway.heldBytes < 100_000 + 2_000)
    }
    var connection = Self.connection(1_000)
    gateway.take(connection.handshake() + [connection.up(hello)])
    #expect(gateway.seen.sightings.last?.client == connection.client)
    // Those that found no room told the name that stands in their first half.
    #expect(Set(gateway.seen.names) == ["tls api.example.com"])
  }

  @Test("without room a metered flow goes on with a gap")
  func metersWithGaps() {
    let gateway = Self.gateway(heldBytes: 1)
    var connection = Connection()
    gateway.take(connection.handshake())
    gateway.take(connection.up(TLSSample.hello("api.example.com")))
    // The first early segment takes what room there is, the second makes both go on.
    _ = connection.down([UInt8](repeating: 7, count: 50))
    gateway.take(connection.down(TLSSample.data(300)))
    #expect(gateway.heldBytes > 1)
    gateway.take(connection.down(TLSSample.data(400)))
    #expect(gateway.heldBytes == 0)
    _ = connection.down([UInt8](repeating: 7, count: 60))
    gateway.take(connection.down(TLSSample.data(500)))
    gateway.take(connection.down(TLSSample.data(600)))
    #expect(gateway.heldBytes == 0)
    #expect(gateway.figures().map(\.missedBytes) == [110])
  }

  @Test("the sum is right after any disorder")
  func sumsUp() {
    var generator = Generator(state: 12)
    let frames = RandomFramesTests.conversation
    let gateway = Self.gateway(heldBytes: 3_000)
    gateway.seen.metersHTTP = true
    for step in 0..<20_000 {
      gateway.take(frames[generator.below(frames.count)], at: Int64(step * 10))
      if step % 500 == 0 { gateway.sweep() }
    }
    #expect(gateway.heldBytes >= 0)
    gateway.finish()
    #expect(gateway.heldBytes == 0)
  }
}
