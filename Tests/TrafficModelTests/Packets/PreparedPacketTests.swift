import Testing
import WireFormat

@testable import TrafficModel

/// What is prepared ahead says what the engine would have read by itself.
@Suite("Prepared packets")
struct PreparedPacketTests {
  private static func prepare(_ frame: [UInt8], originalLength: Int? = nil) -> PreparedPacket {
    var packet = PreparedPacket()
    PacketPreparer(seed: 7).prepare(
      &packet, from: frame.octets, originalLength: originalLength ?? frame.count, linkType: 1)
    return packet
  }

  @Test("it takes a line of a processor's cache")
  func isSmall() {
    #expect(MemoryLayout<PreparedPacket>.stride == 64)
  }

  @Test("a segment's headers, payload and flow are found")
  func readsTCP() {
    var connection = Connection()
    let frame = connection.up([1, 2, 3])
    let packet = Self.prepare(frame)
    #expect(packet.kind == .tcp)
    #expect(packet.payload(in: frame.octets).copied() == [1, 2, 3])
    #expect(packet.header.sourcePort == connection.client.port)
    #expect(packet.header.destinationPort == connection.server.port)
    let (key, isLow) = FlowKey.make(
      source: connection.client, destination: connection.server, transportProtocol: 6, seed: 7)
    #expect(packet.key(seed: 7) == key)
    #expect(packet.sourceIsLow == isLow)
    #expect(packet.hash == UInt32(truncatingIfNeeded: key.hash(seed: 7)))
  }

  @Test("a frame that was cut bears what is left of its payload", arguments: 42..<60)
  func readsCutFrames(length: Int) {
    let whole = Frames.udp(
      Endpoint(address: IPAddress(v4: 1), port: 2), Endpoint(address: IPAddress(v4: 3), port: 4),
      [UInt8](repeating: 9, count: 40))
    let cut = Array(whole[..<length])
    let packet = Self.prepare(cut, originalLength: whole.count)
    #expect(packet.kind == .udp)
    #expect(packet.header.payloadLength == 40)
    #expect(packet.payload(in: cut.octets).byteCount == length - 42)
  }

  @Test("what is nothing plain is left to the engine, also in a packet that was used before")
  func leavesTheRest() {
    var connection = Connection()
    var packet = Self.prepare(connection.up([1]))
    let fragment = Frames.fragment(
      from: 1, to: 2, protocol: 17, [UInt8](repeating: 7, count: 64), offset: 0, moreFollow: true)
    for frame in [fragment, [], [1, 2, 3], [UInt8](repeating: 0, count: 60)] {
      PacketPreparer(seed: 7).prepare(
        &packet, from: frame.octets, originalLength: frame.count, linkType: 1)
      #expect(packet.kind == .general)
    }
    let good = connection.up([1])
    PacketPreparer(seed: 7).prepare(
      &packet, from: good.octets, originalLength: good.count, linkType: 113)
    #expect(packet.kind == .general)
  }

  @Test("damaged and good frames come to the same, prepared or not", arguments: 1...6)
  func isTheSame(state: UInt64) {
    let (ahead, direct) = (Gateway(), Gateway())
    direct.isPreparing = false
    var generator = Generator(state: state)
    for round in 0..<400 {
      for frame in RandomFramesTests.conversation {
        var octets = frame
        if generator.below(4) == 0 {
          octets[generator.below(octets.count)] ^= 1 << UInt8(generator.below(8))
        }
        if generator.below(9) == 0 { octets.removeLast(generator.below(octets.count)) }
        let length = frame.count + generator.below(2)
        for gateway in [ahead, direct] {
          gateway.take(octets, at: Int64(round) * 70, originalLength: max(length, octets.count))
        }
      }
    }
    for gateway in [ahead, direct] { gateway.finish() }
    #expect(ahead.counters == direct.counters)
    #expect(ahead.seen.names == direct.seen.names)
    #expect(ahead.counters.flowsMatched > 0)
  }
}
