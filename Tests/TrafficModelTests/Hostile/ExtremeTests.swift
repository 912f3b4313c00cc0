import Testing
import WireFormat

@testable import TrafficModel

@Suite("Extremes of time, number and size")
struct ExtremeTests {
  static let instants: [Int64] = [.min, .min + 1, -1_000_000_000, -1, 0, 1, .max - 1, .max]

  @Test("timestamps anywhere in 64 bits, forwards and backwards, overflow nothing")
  func survivesExtremeTimes() {
    var generator = Generator(state: 5)
    let gateway = Gateway()
    gateway.seen.metersHTTP = true
    for _ in 0..<400 {
      for frame in RandomFramesTests.conversation {
        let time = Timestamp(nanoseconds: Self.instants[generator.below(Self.instants.count)])
        gateway.take(frame, at: time)
      }
      gateway.sweep()
    }
    gateway.finish()
    #expect(gateway.counters.packets == 400 * RandomFramesTests.conversation.count)
  }

  @Test("a clock that jumped ahead once does not stop the sweep of turns")
  func sweepsAfterAJump() {
    var connection = Connection()
    let gateway = MeteringTests.established(&connection)
    var other = Connection()
    other.client.port = 1_234
    gateway.take(other.syn(), at: Timestamp(nanoseconds: .max))
    gateway.sweep()
    gateway.take(connection.up(TLSSample.data(600)), at: 100)
    gateway.take(connection.down(TLSSample.data(700)), at: 400)
    gateway.take(other.syn(), at: 61_000)
    gateway.sweep()
    #expect(gateway.seen.turns.count == 1)
  }

  @Test("an original length that no frame has is taken as it comes")
  func survivesLengths() {
    let gateway = Gateway()
    gateway.seen.metersHTTP = true
    for frame in RandomFramesTests.conversation {
      var offloaded = frame
      // A total length of zero: the original length stands in.
      offloaded[16] = 0
      offloaded[17] = 0
      for length in [0, 1, frame.count, Int(UInt32.max)] {
        gateway.take(frame, originalLength: length)
        gateway.take(offloaded, originalLength: length)
      }
    }
    gateway.finish()
    #expect(gateway.flowCount == 0)
  }

  @Test("200,000 SYNs from as many addresses stay within the flow table")
  func boundsFlows() {
    let gateway = Gateway()
    var connection = Connection()
    var frame = connection.syn()
    for index in UInt32(0)..<200_000 {
      // The last three octets of the source address.
      for octet in 0..<3 {
        frame[27 + octet] = UInt8(truncatingIfNeeded: index >> UInt32(8 * octet))
      }
      gateway.take(frame)
    }
    #expect(gateway.flowCount <= 2_048 / 4 * 3)
    gateway.sweep()
    #expect(gateway.counters.flows == 200_000)
    #expect(gateway.counters.flowsEvicted == 200_000 - gateway.flowCount)
  }

  @Test("half hellos from 20,000 clients stay within the probes")
  func boundsProbes() {
    let gateway = Gateway()
    let half = Array(TLSSample.hello("api.example.com").prefix(30))
    for index in UInt32(0)..<20_000 {
      var connection = Connection()
      connection.client.address = IPAddress(v4: 0x0b00_0000 + index)
      gateway.take(connection.up(half))
    }
    #expect(gateway.probeCount <= Gateway.small.probingFlows)
    #expect(gateway.counters.probesRefused > 10_000)
  }

  @Test("sequence numbers that wrap are followed")
  func followsWrappingSequences() throws {
    var connection = Connection()
    connection.clientNext = .max - 150
    connection.serverNext = .max - 70
    let gateway = Gateway()
    gateway.take(connection.handshake())
    let hello = TLSSample.hello("api.example.com", padding: 200)
    gateway.take(connection.up(Array(hello[..<100])))
    gateway.take(connection.up(Array(hello[100...])))
    gateway.take(connection.down(TLSSample.serverHello() + TLSSample.data(100)))
    gateway.take(connection.up(TLSSample.data(300)), at: 100)
    gateway.take(connection.down(TLSSample.data(200)), at: 500)
    gateway.finish()
    #expect(gateway.seen.names == ["tls api.example.com"])
    #expect(gateway.seen.turns.map(\.downstream.byteCount) == [200])
    #expect(gateway.counters.outOfWindowSegments == 0)
  }
}
