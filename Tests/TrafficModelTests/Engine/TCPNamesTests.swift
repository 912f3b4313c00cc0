import Testing
import WireFormat

@testable import TrafficModel

/// What real paths do to TCP (RFC 9293): a hello is found all the same.
@Suite("TCP as it comes")
struct TCPNamesTests {
  static let name = "api.example.com"
  static let told = ["tls api.example.com"]

  /// A frame with a payload at a sequence number of its own.
  static func segment(
    _ connection: Connection, _ sequence: UInt32, _ payload: [UInt8], _ flags: TCPFlags = [.ack],
    isUp: Bool = true
  ) -> [UInt8] {
    Frames.tcp(
      isUp ? connection.client : connection.server, isUp ? connection.server : connection.client,
      sequence: sequence, acknowledgement: isUp ? connection.serverNext : connection.clientNext,
      flags: flags, payload)
  }

  @Test("a hello in the SYN (Fast Open, RFC 7413), and again when the server did not take it")
  func readsFastOpen() {
    let gateway = Gateway()
    var connection = Connection()
    let hello = TLSSample.hello(Self.name)
    gateway.take(Self.segment(connection, connection.clientNext, hello, .syn))
    _ = connection.syn()
    gateway.take(connection.synAck())
    gateway.take(connection.up(hello))
    #expect(gateway.seen.names == Self.told)
    #expect(gateway.counters.flows == 1)
  }

  @Test("a server that speaks in its SYN-ACK shifts nothing")
  func readsAfterDataInSYNACK() {
    let gateway = Gateway()
    var connection = Connection()
    gateway.take(connection.syn())
    let greeting = Array("220 ready\r\n".utf8)
    gateway.take(
      Self.segment(connection, connection.serverNext, greeting, [.syn, .ack], isUp: false))
    connection.serverNext &+= 1 + UInt32(greeting.count)
    gateway.take(connection.up(TLSSample.hello(Self.name)))
    #expect(gateway.seen.names == Self.told)
    #expect(gateway.counters.outOfWindowSegments == 0)
  }

  @Test("both ends of a connection may begin at once", arguments: [true, false])
  func readsSimultaneousOpens(isSwapped: Bool) {
    let gateway = Gateway()
    var connection = Connection()
    if isSwapped { swap(&connection.client.address, &connection.server.address) }
    let (client, server) = (connection.clientNext, connection.serverNext)
    gateway.take(connection.syn())
    gateway.take(Self.segment(connection, server, [], .syn, isUp: false))
    connection.serverNext &+= 1
    gateway.take(Self.segment(connection, client, [], [.syn, .ack]))
    gateway.take(Self.segment(connection, server, [], [.syn, .ack], isUp: false))
    let hello = TLSSample.hello(Self.name, padding: 600)
    // The second half comes first: its place must be known.
    gateway.take(Self.segment(connection, connection.clientNext &+ 300, Array(hello[300...])))
    gateway.take(connection.up(Array(hello[..<300])))
    #expect(gateway.seen.names == Self.told)
    #expect(gateway.counters.flows == 1 && gateway.counters.flowsWithoutPayload == 0)
  }

  @Test("of a simultaneous open both ends may be the client")
  func readsTheOtherEndOfSimultaneousOpens() {
    let gateway = Gateway()
    var connection = Connection()
    let (client, server) = (connection.clientNext, connection.serverNext)
    gateway.take(Self.segment(connection, server, [], .syn, isUp: false))
    gateway.take(connection.syn())
    connection.serverNext &+= 1
    gateway.take(Self.segment(connection, server, [], [.syn, .ack], isUp: false))
    gateway.take(Self.segment(connection, client, [], [.syn, .ack]))
    gateway.take(connection.up(TLSSample.hello(Self.name)))
    #expect(gateway.seen.names == Self.told)
  }

  @Test("a hello or request of who was connected to accuses nobody; the client's own counts")
  func leavesResponderHellosOut() {
    let hello = TLSSample.hello(Self.name)
    let request = Array("GET /v1 HTTP/1.1\r\nHost: api.example.com\r\n\r\n".utf8)
    for (octets, further) in [(hello, Self.told), (request, []), (Array(hello.dropLast()), [])] {
      for ownName in [nil, "www.example.org"] {
        let gateway = Gateway()
        gateway.seen.metersHTTP = true
        var connection = Connection()
        gateway.take(connection.handshake())
        gateway.take(connection.down(octets))
        if let ownName { gateway.take(connection.up(TLSSample.hello(ownName))) }
        gateway.finish()
        #expect(gateway.seen.further == further)
        #expect(gateway.seen.names == (ownName.map { ["tls \($0)"] } ?? []))
        #expect(gateway.seen.requests.isEmpty && gateway.seen.ended.isEmpty)
        #expect(gateway.counters.flowsMatched == 0)
      }
    }
  }

  @Test("a hello behind an empty record is read", arguments: [1, 4, 5, 6, 10, 1_000])
  func readsHellosBehindEmptyRecords(size: Int) {
    let gateway = Gateway()
    var connection = Connection()
    gateway.take(connection.handshake())
    let octets = [22, 3, 1, 0, 0] + TLSSample.hello(Self.name)
    for start in stride(from: 0, to: octets.count, by: size) {
      gateway.take(connection.up(Array(octets[start..<min(octets.count, start + size)])))
    }
    #expect(gateway.seen.names == Self.told)
  }

  @Test("sequence numbers begin anew within a hello")
  func readsOverTheEndOfTheNumbers() {
    let gateway = Gateway()
    var connection = Connection()
    connection.clientNext = .max &- 100
    gateway.take(connection.handshake())
    let hello = TLSSample.hello(Self.name, padding: 600)
    let start = connection.clientNext
    for range in [300..<500, 500..<hello.count, 0..<300] {
      gateway.take(
        Self.segment(connection, start &+ UInt32(range.lowerBound), Array(hello[range])))
    }
    #expect(gateway.seen.names == Self.told)
  }

  @Test("keep-alives and probes of a closed window add nothing and take nothing away")
  func passesOverProbes() {
    let gateway = Gateway()
    var connection = Connection()
    gateway.take(connection.handshake())
    let hello = TLSSample.hello(Self.name, padding: 600)
    gateway.take(connection.up(Array(hello[..<300])))
    let next = connection.clientNext
    // RFC 9293, section 3.8.4: nothing, or an octet of rubbish, one number before what is next.
    gateway.take(Self.segment(connection, next &- 1, []))
    gateway.take(Self.segment(connection, next &- 1, [0xff]))
    // Section 3.8.6.1: the next octet alone, until there is room for more.
    for _ in 0..<3 { gateway.take(Self.segment(connection, next, [hello[300]])) }
    gateway.take(Self.segment(connection, next, Array(hello[300...])))
    #expect(gateway.seen.names == Self.told)
    #expect(gateway.counters.duplicateSegments == 3)
    #expect(gateway.counters.overlappingSegments == 1)
  }

  @Test(
    "zeros that fill a short frame are none of the stream", arguments: [(0, 6), (0, 2), (4, 2)])
  func leavesOutPadding(options: Int, zeros: Int) {
    let gateway = Gateway()
    var connection = Connection()
    gateway.take(connection.syn())
    gateway.take(connection.synAck())
    // The IP total length says 46, or 42 where a VLAN tag took four octets of the frame.
    let padded = Frames.tcp(
      connection.client, connection.server, sequence: connection.clientNext,
      acknowledgement: connection.serverNext, flags: .ack, options: options,
      [UInt8](repeating: 0, count: zeros))
    gateway.take(padded)
    gateway.take(connection.up(TLSSample.hello(Self.name)))
    #expect(gateway.seen.names == Self.told)
    #expect(gateway.counters.paddingSegments == 1)
  }

  @Test("octets that differ where segments overlap are counted, and those of the first stay")
  func countsConflicts() {
    let gateway = Gateway()
    var connection = Connection()
    gateway.take(connection.handshake())
    let hello = TLSSample.hello(Self.name, padding: 600)
    let start = connection.clientNext
    gateway.take(Self.segment(connection, start &+ 100, Array(hello[100...])))
    // A copy, then another's: neither is put beside the first.
    gateway.take(Self.segment(connection, start &+ 100, Array(hello[100...])))
    gateway.take(Self.segment(connection, start &+ 120, [UInt8](repeating: 0xee, count: 40)))
    #expect(gateway.counters.conflictingSegments == 1)
    gateway.take(Self.segment(connection, start, Array(hello[..<130])))
    #expect(gateway.seen.names == Self.told)
  }

  @Test("a RST from elsewhere does not end a flow that is being looked at")
  func checksResets() {
    let gateway = Gateway()
    var connection = Connection()
    gateway.take(connection.handshake())
    let hello = TLSSample.hello(Self.name, padding: 600)
    gateway.take(connection.up(Array(hello[..<300])))
    gateway.take(Self.segment(connection, connection.clientNext &+ 1_000_000, [], .rst), at: 10)
    gateway.take(connection.up([]), at: 20_000)
    gateway.sweep()
    gateway.take(connection.up(Array(hello[300...])), at: 30_000)
    #expect(gateway.seen.names == Self.told)
  }

  @Test("what a RST says is no part of the stream")
  func leavesOutTheTextOfResets() {
    let gateway = Gateway()
    var connection = Connection()
    gateway.take(connection.handshake())
    gateway.take(connection.up(TLSSample.hello(Self.name), .rst))
    #expect(gateway.seen.names.isEmpty)
  }

  @Test("a hello behind octets that were not captured is found when the flow ends")
  func readsBehindGaps() {
    let gateway = Gateway()
    var connection = Connection()
    gateway.take(connection.handshake())
    _ = connection.up(Array("STARTTLS\r\n".utf8))
    gateway.take(connection.up(TLSSample.hello(Self.name)))
    #expect(gateway.seen.names.isEmpty)
    gateway.finish()
    #expect(gateway.seen.names == Self.told)
    // It is one of ours: its volume is told.
    #expect(gateway.seen.ended.count == 1)
    #expect((gateway.seen.endedFigures.first?.wireBytesUp ?? 0) > 0)
    #expect(gateway.counters.flowsUnnamed == 0)
  }

  @Test("a hello behind a gap is found after enough segments, and the flow is metered from there")
  func metersBehindGaps() {
    let gateway = Gateway()
    var connection = Connection()
    gateway.take(connection.handshake())
    _ = connection.up([1])
    gateway.take(connection.up(TLSSample.hello(Self.name)))
    for _ in 0..<30 { gateway.take(connection.down(TLSSample.data(1_000))) }
    #expect(gateway.seen.names == Self.told)
    gateway.finish()
    #expect((gateway.seen.endedFigures.first?.applicationBytesDown ?? 0) > 4_000)
  }

  @Test("of a hello whose end never comes, the name in its beginning is told at the end")
  func readsBeginnings() {
    let gateway = Gateway()
    var connection = Connection()
    gateway.take(connection.handshake())
    gateway.take(connection.up(Array(TLSSample.hello(Self.name, padding: 600)[..<300])))
    gateway.finish()
    #expect(gateway.seen.names == Self.told)
  }

  @Test("a SYN-ACK of somebody else's puts the server's direction wrong for four segments only")
  func resynchronises() {
    let gateway = Gateway()
    var connection = Connection()
    gateway.take(connection.syn())
    var forged = connection
    forged.serverNext = connection.serverNext &+ 1 << 30
    gateway.take(connection.synAck())
    gateway.take(forged.synAck())
    gateway.take(connection.up(TLSSample.hello(Self.name)))
    for _ in 0..<10 { gateway.take(connection.down(TLSSample.data(1_000))) }
    #expect(gateway.counters.outOfWindowSegments == 3)
    #expect(gateway.counters.resynchronisedStreams == 1)
    // A record that reaches the end of its segment is believed at once.
    #expect(gateway.figures().map(\.applicationBytesDown) == [7_000])
  }

  @Test("a hello is found on any port", arguments: [80, 8_080, 22, 53, 5_555] as [UInt16])
  func readsOnAnyPort(port: UInt16) {
    let gateway = Gateway()
    var connection = Connection()
    connection.server.port = port
    gateway.take(connection.handshake())
    gateway.take(connection.up(TLSSample.hello(Self.name)))
    #expect(gateway.seen.names == Self.told)
  }
}
