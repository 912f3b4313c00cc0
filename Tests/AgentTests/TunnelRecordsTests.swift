import RecordStore
import Testing
import WireFormat

@testable import Agent

@Suite("records of traffic in tunnels")
struct TunnelRecordsTests {
  /// The frame's packet in an IP packet from one end of a tunnel to the other (RFC 2003).
  private static func inTunnel(_ frame: [UInt8]) -> [UInt8] {
    let packet = frame[14...]
    let length = 20 + packet.count
    let header: [UInt8] = [
      0x45, 0, UInt8(length >> 8), UInt8(length & 0xff), 0, 0, 0x40, 0, 64, 4, 0, 0,
      203, 0, 113, 77, 198, 51, 100, 2,
    ]
    return frame[..<14] + header + packet
  }

  /// A connection of which the server's last word is its answer, its handshake, or nothing.
  private static func timeline(
    handshake: Bool, answer: Bool, _ wrap: ([UInt8]) -> [UInt8] = inTunnel
  ) -> Timeline {
    var (timeline, connection) = (Timeline(), Connection())
    let opening = connection.open()
    if handshake { for frame in opening { timeline.add(wrap(frame), at: 1) } }
    timeline.add(wrap(connection.hello("api.acme.test")), at: 1.01)
    timeline.add(wrap(connection.up(Connection.record(600))), at: 2)
    if answer {
      for index in 1...6 {
        timeline.add(wrap(connection.down(Connection.record(180))), at: 2 + Double(index) / 10)
      }
    }
    timeline.add(wrap(connection.close()), at: 4)
    return timeline
  }

  @Test("what came in a tunnel alone makes a record once the server has answered")
  func wantsAnAnswer() throws {
    #expect(try Bench().records(of: Self.timeline(handshake: false, answer: false)).isEmpty)
    #expect(try Bench().records(of: Self.timeline(handshake: true, answer: false)).isEmpty)
    let records = try Bench().records(of: Self.timeline(handshake: true, answer: true))
    #expect(records.map(\.service) == ["acme-api"] && records.map(\.flowCount) == [1])
  }

  @Test("outside of tunnels a name that was asked for is enough")
  func takesTheNameOutside() throws {
    let timeline = Self.timeline(handshake: true, answer: false) { $0 }
    #expect(try Bench().records(of: timeline).count == 1)
  }
}
