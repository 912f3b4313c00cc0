import Testing
import WireFormat

@testable import TrafficModel

/// Probes are used again: what one flow left in them once blinded the next.
@Suite("Probes that are used again")
struct PooledProbesTests {
  /// A connection whose hello takes two segments, so that it needs a probe.
  static func frames(_ connection: inout Connection) -> [[UInt8]] {
    let hello = TLSSample.hello("api.example.com", padding: 300)
    return [connection.up(Array(hello[..<100])), connection.up(Array(hello[100...]))]
  }

  @Test("a flow without a SYN is named after another one was")
  func namesTheNext() {
    let gateway = Gateway()
    for port in UInt16(50_000)..<50_010 {
      var connection = Connection()
      connection.client.port = port
      connection.clientNext = UInt32(port) << 16
      gateway.take(Self.frames(&connection))
    }
    #expect(gateway.seen.names.count == 10)
  }

  @Test("a flow is named after one that was given up")
  func namesTheNextAfterGivingUp() {
    let gateway = Gateway()
    var hopeless = Connection()
    gateway.take(hopeless.handshake())
    for _ in 0..<30 { gateway.take(hopeless.up([1, 2, 3])) }
    var connection = Connection()
    connection.client.port = 50_001
    connection.clientNext = 1 << 31
    gateway.take(Self.frames(&connection))
    #expect(gateway.counters.flowsUnnamed == 1)
    #expect(gateway.seen.names == ["tls api.example.com"])
  }

  @Test(
    "a hello with a hole that never fills does not hold its flow for ever", arguments: [40, 100])
  func givesUpOnHoles(cut: Int) {
    let gateway = Gateway()
    var connection = Connection()
    gateway.take(connection.handshake())
    let hello = TLSSample.hello("api.example.com", padding: 300)
    gateway.take(connection.up(Array(hello[..<cut])))
    _ = connection.up(Array(hello[cut..<200]))
    for _ in 0..<StreamAssembler.maximumPendingSegments + 1 { gateway.take(connection.up([7])) }
    #expect(gateway.probeCount == 0)
    // The name stands before the longer cut.
    #expect(gateway.counters.flowsUnnamed == (cut == 40 ? 1 : 0))
    #expect(gateway.counters.flowsBySNI == (cut == 40 ? 0 : 1))
  }
}
