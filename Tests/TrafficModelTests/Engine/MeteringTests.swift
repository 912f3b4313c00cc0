import Testing
import WireFormat

@testable import TrafficModel

@Suite("Metered TLS connections")
struct MeteringTests {
  /// A gateway that has seen a whole handshake, 100 ms ago.
  static func established(
    _ connection: inout Connection, serverHello: [UInt8] = TLSSample.serverHello()
  ) -> Gateway {
    let gateway = Gateway()
    gateway.take(connection.handshake())
    gateway.take(connection.up(TLSSample.hello("api.example.com")))
    gateway.take(connection.down(serverHello + TLSSample.data(2_000)))
    gateway.take(connection.up(TLSSample.finished), at: 1)
    _ = gateway.figures()
    return gateway
  }

  @Test("a request and its answer are one turn with their net octets")
  func cutsATurn() throws {
    var connection = Connection()
    let gateway = Self.established(&connection)
    gateway.take(connection.up(TLSSample.data(600)), at: 100)
    gateway.take(connection.up(TLSSample.data(400)), at: 110)
    for index in Int64(0)..<5 {
      gateway.take(connection.down(TLSSample.data(150 + Int(index))), at: 500 + 100 * index)
    }
    gateway.take(connection.up([], .fin), at: 1_000)
    gateway.finish()
    let turn = try #require(gateway.seen.turns.first)
    #expect(gateway.seen.turns.count == 1)
    #expect(turn.transport == .tls13)
    #expect(turn.upstream.byteCount == 1_000 && turn.upstream.recordCount == 2)
    #expect(turn.downstream.byteCount == 760 && turn.downstream.recordCount == 5)
    #expect(turn.upstreamSizes == [600, 400])
    #expect(turn.downstreamSizes == [150, 151, 152, 153, 154])
    #expect(turn.start == Gateway.time(100) && turn.end == Gateway.time(900))
    #expect(turn.firstResponse == Gateway.time(500))
    #expect(turn.missedByteCount == 0 && !turn.startIsCut && !turn.endIsCut)
  }

  @Test("octets on the wire and of the application are counted in each direction")
  func countsOctets() {
    var connection = Connection()
    let gateway = Self.established(&connection)
    let up = TLSSample.data(600)
    let down = TLSSample.data(1_200)
    gateway.take(connection.up(up), at: 100)
    gateway.take(connection.down(down), at: 300)
    gateway.take(connection.ack(), at: 310)
    let figures = gateway.figures()
    #expect(figures.map(\.wireBytesUp) == [40 + up.count + 40])
    #expect(figures.map(\.wireBytesDown) == [40 + down.count])
    #expect(figures.map(\.applicationBytesUp) == [600])
    #expect(figures.map(\.applicationBytesDown) == [1_200])
    #expect(figures.map(\.missedBytes) == [0])
  }

  @Test("the handshake is in the wire octets, however the hello came", arguments: [1, 3])
  func countsTheHandshake(pieces: Int) {
    let gateway = Gateway()
    var connection = Connection()
    gateway.take(connection.handshake())
    let hello = TLSSample.hello("api.example.com", padding: 300)
    let size = (hello.count + pieces - 1) / pieces
    for start in stride(from: 0, to: hello.count, by: size) {
      gateway.take(connection.up(Array(hello[start..<min(start + size, hello.count)])))
    }
    let figures = gateway.figures()
    #expect(figures.map(\.wireBytesUp) == [2 * 40 + pieces * 40 + hello.count])
    #expect(figures.map(\.wireBytesDown) == [40])
    #expect(figures.map(\.truncatedPackets) == [0])
    #expect(figures.map(\.missedBytes) == [0])
  }

  @Test("what follows a split hello in its last segment is metered, and nothing is missed")
  func metersWhatFollowsAHello() {
    let gateway = Gateway()
    var connection = Connection()
    gateway.take(connection.handshake())
    let hello = TLSSample.hello("api.example.com", padding: 300)
    gateway.take(connection.up(Array(hello[..<100])))
    // Early data stands behind the hello (RFC 8446, section 4.2.10).
    gateway.take(connection.up(Array(hello[100...]) + TLSSample.data(900)))
    let figures = gateway.figures()
    #expect(figures.map(\.applicationBytesUp) == [900])
    #expect(figures.map(\.missedBytes) == [0])
  }

  @Test("a lost segment is told by the acknowledgement, and counted")
  func countsLostSegments() throws {
    var connection = Connection()
    let gateway = Self.established(&connection)
    gateway.take(connection.up(TLSSample.data(600)), at: 100)
    let answer = TLSSample.data(5_000)
    gateway.take(connection.down(Array(answer[..<2_000])), at: 300)
    _ = connection.down(Array(answer[2_000..<3_000]))
    gateway.take(connection.down(Array(answer[3_000...])), at: 310)
    #expect(gateway.counters.earlySegments == 1)
    gateway.take(connection.ack(), at: 320)
    #expect(gateway.counters.earlySegments == 1)
    gateway.take(connection.ack(), at: 520)
    #expect(gateway.figures().map(\.missedBytes) == [1_000])
    gateway.take(connection.up([], .fin), at: 600)
    gateway.finish()
    let turn = try #require(gateway.seen.turns.first)
    // The length stood in the header, which was not lost.
    #expect(turn.downstream.byteCount == 5_000)
    #expect(turn.missedByteCount == 1_000)
  }

  @Test("what a lost segment held up belongs to the turn before the next request, at its own time")
  func settlesLossBeforeTheNextRequest() throws {
    var connection = Connection()
    let gateway = Self.established(&connection)
    gateway.take(connection.up(TLSSample.data(600)), at: 100)
    let answer = TLSSample.data(1_000)
    gateway.take(connection.down(answer), at: 300)
    _ = connection.down(answer)
    // The far end acknowledges the lost segment alone, and only then sends on.
    gateway.take(connection.ack(), at: 310)
    gateway.take(connection.down(answer), at: 320)
    gateway.take(connection.ack(), at: 330)
    gateway.take(connection.up(TLSSample.data(700)), at: 370)
    gateway.take(connection.down(answer), at: 900)
    gateway.take(connection.up([], .fin), at: 1_000)
    gateway.finish()
    #expect(gateway.seen.turns.map(\.downstream.byteCount) == [2_000, 1_000])
    #expect(gateway.seen.turns.map(\.missedByteCount) == [answer.count, 0])
    #expect(gateway.seen.turns.first?.end == Gateway.time(320))
  }

  @Test("an answer's time is counted without the way there and back, which the handshake tells")
  func takesTheRoundTripOff() {
    for (end, count) in [(Int64(320), 0), (440, 1)] {
      var connection = Connection()
      let gateway = Gateway()
      gateway.take(connection.handshake())
      gateway.take(connection.up(TLSSample.hello("api.example.com")))
      gateway.take(connection.down(TLSSample.serverHello() + TLSSample.data(2_000)), at: 120)
      gateway.take(connection.up(TLSSample.finished + TLSSample.data(600)), at: 121)
      gateway.take(connection.down(TLSSample.data(900)), at: end)
      gateway.take(connection.up([], .fin), at: 1_000)
      gateway.finish()
      #expect(gateway.seen.turns.count == count, "\(end)")
    }
  }

  @Test("packets that the snaplen cut are counted, and their records by their headers")
  func metersCutPackets() {
    var connection = Connection()
    let gateway = Self.established(&connection)
    gateway.take(connection.up(TLSSample.data(600)), at: 100, snaplen: 96)
    gateway.take(connection.down(TLSSample.data(1_200)), at: 300, snaplen: 96)
    let figures = gateway.figures()
    #expect(figures.map(\.truncatedPackets) == [2])
    #expect(figures.map(\.applicationBytesUp) == [600])
    #expect(figures.map(\.applicationBytesDown) == [1_200])
    #expect(figures.map(\.missedBytes) == [600 + 1_200 + 2 * (5 + 17) - 2 * (96 - 54)])
  }

  @Test("TLS 1.2 has no Finished in the clear count, and its own overhead")
  func metersTLS12() throws {
    var connection = Connection()
    // TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 24 octets each record (RFC 5288).
    let gateway = Self.established(
      &connection, serverHello: TLSSample.serverHello(isTLS13: false, cipherSuite: 0xc02f))
    gateway.take(connection.up(TLSSample.data(607)), at: 100)
    gateway.take(connection.down(TLSSample.data(307)), at: 400)
    gateway.take(connection.up([], .fin), at: 500)
    gateway.finish()
    let turn = try #require(gateway.seen.turns.last)
    #expect(turn.transport == .tls12)
    #expect(turn.downstream.byteCount == 300)
  }

  @Test(
    "a renegotiation within a turn is none of it, and its Finished tells what records cost from then on"
  )
  func metersRenegotiation() throws {
    var connection = Connection()
    let gateway = Self.established(
      &connection, serverHello: TLSSample.serverHello(isTLS13: false, cipherSuite: 0xc02f))
    func record(_ type: UInt8, _ length: Int) -> [UInt8] {
      TLSSample.record(type, [UInt8](repeating: 0xa5, count: length))
    }
    gateway.take(connection.up(record(23, 600 + 24)), at: 100)
    gateway.take(connection.down(record(22, 28)), at: 120)
    gateway.take(connection.up(record(22, 243)), at: 121)
    gateway.take(connection.down(record(22, 113) + record(22, 925) + record(22, 28)), at: 140)
    gateway.take(connection.up(record(22, 61) + record(20, 25) + record(22, 32)), at: 141)
    gateway.take(connection.down(record(20, 25) + record(22, 32)), at: 160)
    gateway.take(connection.down(record(23, 300 + 16)), at: 400)
    gateway.take(connection.up(record(23, 500 + 16)), at: 900)
    gateway.take(connection.down(record(23, 200 + 16)), at: 1_400)
    gateway.take(connection.up([], .fin), at: 1_500)
    gateway.finish()
    // What stands for a Finished of TLS 1.3 in the helper is data here, 53 octets less 24.
    #expect(gateway.seen.turns.map(\.upstreamSizes) == [[29, 600], [500]])
    #expect(gateway.seen.turns.map(\.downstreamSizes) == [[300], [200]])
  }

  @Test("a new SYN on the same five-tuple ends the flow and begins another")
  func endsReusedTuples() {
    var connection = Connection()
    let gateway = Self.established(&connection)
    connection.clientNext = 5_000_000
    connection.serverNext = 7_000_000
    gateway.take(connection.handshake(), at: 500)
    #expect(gateway.seen.ended.count == 1)
    gateway.take(connection.up(TLSSample.hello("api.example.com")), at: 510)
    #expect(gateway.seen.names.count == 2)
    #expect(gateway.counters.flows == 2)
  }

  @Test("a repeated SYN does not")
  func passesOverRepeatedSYNs() {
    let gateway = Gateway()
    var connection = Connection()
    let syn = connection.syn()
    gateway.take([syn, syn, connection.synAck(), syn])
    gateway.take(connection.up(TLSSample.hello("api.example.com")))
    gateway.take(syn)
    #expect(gateway.counters.flows == 1)
    #expect(gateway.seen.ended.isEmpty)
  }

  @Test(
    "a RST, and a FIN from both, end a flow five seconds later", arguments: [TCPFlags.rst, .fin])
  func endsClosedFlows(flag: TCPFlags) {
    var connection = Connection()
    let gateway = Self.established(&connection)
    gateway.take(connection.up(TLSSample.data(600)), at: 100)
    gateway.take(connection.down(TLSSample.data(700)), at: 400)
    gateway.take(connection.up([], flag), at: 500)
    if flag == .fin { gateway.take(connection.down([], flag), at: 510) }
    gateway.sweep()
    #expect(gateway.seen.ended.isEmpty)
    var other = Connection()
    other.client.port = 1_234
    gateway.take(other.syn(), at: 7_000)
    gateway.sweep()
    #expect(gateway.seen.ended.count == 1)
    #expect(gateway.seen.turns.map(\.endIsCut) == [false])
  }

  @Test("octets that are passed over after a gap are missing from the turn too")
  func countsWhatCannotBeRead() {
    var connection = Connection()
    let gateway = Self.established(&connection)
    gateway.take(connection.up(TLSSample.data(600)), at: 100)
    let answer = TLSSample.data(700) + TLSSample.data(900) + TLSSample.data(800)
    // The first record, and three octets of the second one's header.
    gateway.take(connection.down(Array(answer[..<725])), at: 400)
    // Lost: the rest of that header and some; the last 500 octets of the second record come, and tell nothing.
    let second = 722 + 922
    _ = connection.down(Array(answer[725..<second - 500]))
    gateway.take(connection.down(Array(answer[(second - 500)...])), at: 500)
    gateway.take(connection.ack(), at: 510)
    gateway.take(connection.ack(), at: 800)
    gateway.take(connection.down([], .fin), at: 900)
    let lost = second - 500 - 725
    #expect(gateway.figures().map(\.missedBytes) == [lost])
    #expect(gateway.seen.turns.map(\.missedByteCount) == [lost + 500])
    #expect(gateway.seen.turns.map(\.downstreamSizes) == [[700, 800]])
  }

  @Test("a client that closes its half after the request still gets its answer")
  func outlivesAHalfClose() {
    var connection = Connection()
    let gateway = Self.established(&connection)
    gateway.take(connection.up(TLSSample.data(600), .fin), at: 100)
    for index in Int64(0)..<5 {
      gateway.take(connection.down(TLSSample.data(700)), at: 20_000 + 100 * index)
    }
    gateway.take(connection.down([], .fin), at: 21_000)
    #expect(gateway.seen.turns.map(\.downstream.recordCount) == [5])
  }

  @Test("a RST out of place, as a stranger would send it, ends nothing")
  func passesOverForgedResets() {
    var connection = Connection()
    let gateway = Self.established(&connection)
    gateway.take(connection.up(TLSSample.data(600)), at: 100)
    gateway.take(connection.down(TLSSample.data(700)), at: 400)
    var stranger = connection
    stranger.clientNext &+= 1 << 24
    gateway.take(stranger.up([], .rst), at: 450)
    gateway.take(connection.down(TLSSample.data(800)), at: 500)
    gateway.take(connection.down([], .fin), at: 600)
    #expect(gateway.seen.turns.map(\.downstreamSizes) == [[700, 800]])
  }

  @Test("an acknowledgement that was captured before its data loses nothing")
  func waitsForAcknowledgedData() {
    var connection = Connection()
    let gateway = Self.established(&connection)
    gateway.take(connection.up(TLSSample.data(600)), at: 100)
    gateway.take(connection.down(TLSSample.data(700)), at: 400)
    let late = connection.down(TLSSample.data(800))
    gateway.take(connection.ack(), at: 500)
    gateway.take(late, at: 501)
    gateway.take(connection.down([], .fin), at: 900)
    #expect(gateway.seen.turns.map(\.downstreamSizes) == [[700, 800]])
    #expect(gateway.figures().map(\.missedBytes) == [0])
  }

  @Test("a flow that the capture's end cuts says so")
  func marksCutTurns() {
    var connection = Connection()
    let gateway = Self.established(&connection)
    gateway.take(connection.up(TLSSample.data(600)), at: 100)
    gateway.take(connection.down(TLSSample.data(700)), at: 400)
    gateway.finish()
    #expect(gateway.seen.turns.map(\.endIsCut) == [true])
    #expect(gateway.seen.ended.count == 1)
  }

  @Test("a silent turn ends after five minutes, its flow goes on")
  func endsSilentTurns() {
    var connection = Connection()
    let gateway = Self.established(&connection)
    gateway.take(connection.up(TLSSample.data(600)), at: 100)
    gateway.take(connection.down(TLSSample.data(700)), at: 400)
    var other = Connection()
    other.client.port = 1_234
    gateway.take(other.syn(), at: 301_000)
    gateway.sweep()
    #expect(gateway.seen.turns.count == 1)
    #expect(gateway.seen.ended.isEmpty)
  }
}
