import Testing
import WireFormat

@testable import TrafficModel

@Suite("Names from TLS over TCP")
struct TLSNamesTests {
  static let name = "api.example.com"

  @Test("a hello in one segment tells its name without a probe")
  func readsOneSegment() {
    let gateway = Gateway()
    var connection = Connection()
    gateway.take(connection.handshake())
    gateway.take(connection.up(TLSSample.hello(Self.name)))
    #expect(gateway.seen.names == ["tls api.example.com"])
    #expect(gateway.counters.flowsBySNI == 1)
    #expect(gateway.counters.flowsMatched == 1)
  }

  @Test("a hello over three segments is read in whatever order they come")
  func readsSegmentsInAnyOrder() {
    let hello = TLSSample.hello(Self.name, padding: 600)
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
      let gateway = Gateway()
      var connection = Connection()
      gateway.take(connection.handshake())
      let pieces = [hello[0..<200], hello[200..<400], hello[400...]]
      let frames = pieces.map { connection.up(Array($0)) }
      for index in order { gateway.take(frames[index]) }
      #expect(gateway.seen.names == ["tls api.example.com"], "order \(order)")
    }
  }

  @Test("a hello over several records is read", arguments: [1, 3, 16, 100])
  func readsSeveralRecords(limit: Int) {
    let gateway = Gateway()
    var connection = Connection()
    gateway.take(connection.handshake())
    gateway.take(connection.up(TLSSample.records(TLSSample.clientHello(Self.name), of: limit)))
    #expect(gateway.seen.names == ["tls api.example.com"])
  }

  @Test("a hello in segments of one octet is read")
  func readsSingleOctets() {
    let gateway = Gateway()
    var connection = Connection()
    gateway.take(connection.handshake())
    for octet in TLSSample.hello(Self.name, padding: 300) { gateway.take(connection.up([octet])) }
    #expect(gateway.seen.names == ["tls api.example.com"])
  }

  @Test("a hello is read without its SYN, and in IPv6")
  func readsWithoutSYN() {
    let gateway = Gateway()
    var connection = Connection()
    connection.client.address = IPAddress(high: 0x2001_0db8_0000_0000, low: 5)
    connection.server.address = IPAddress(high: 0x2001_0db8_0000_0000, low: 10)
    gateway.take(connection.up(TLSSample.hello(Self.name)))
    #expect(gateway.seen.names == ["tls api.example.com"])
    #expect(gateway.seen.sightings[0].client == connection.client)
  }

  @Test("a repeated segment changes nothing")
  func passesOverRetransmissions() {
    let gateway = Gateway()
    var connection = Connection()
    gateway.take(connection.handshake())
    let hello = TLSSample.hello(Self.name, padding: 600)
    let first = connection.up(Array(hello[..<300]))
    gateway.take([first, first, first])
    gateway.take(connection.up(Array(hello[300...])))
    #expect(gateway.seen.names == ["tls api.example.com"])
    #expect(gateway.counters.duplicateSegments == 2)
  }

  @Test("the first copy of an octet stays: a second hello at the same place is not believed")
  func keepsTheFirstCopy() {
    let gateway = Gateway(["api.example.com": 4, "api.example.org": 5])
    var connection = Connection()
    gateway.take(connection.handshake())
    var forged = connection
    let hello = TLSSample.hello(Self.name, padding: 600)
    gateway.take(connection.up(Array(hello[..<300])))
    gateway.take(forged.up(TLSSample.hello("api.example.org", padding: 600)))
    gateway.take(connection.up(Array(hello[300...])))
    #expect(gateway.seen.names == ["tls api.example.com"])
  }

  @Test("where the snaplen cut the hello behind its name, the name is told")
  func readsCutHellos() {
    let gateway = Gateway()
    var connection = Connection()
    gateway.take(connection.handshake())
    gateway.take(connection.up(TLSSample.hello(Self.name, padding: 900)), snaplen: 256)
    #expect(gateway.seen.names == ["tls api.example.com"])
    #expect(gateway.counters.truncatedPackets == 1)
  }

  @Test("what stood before a cut is not joined to what came after it")
  func joinsNothingOverACut() {
    let gateway = Gateway(["api.example.com": 4])
    var connection = Connection()
    gateway.take(connection.handshake())
    // The cut swallows the 40 octets before the name's extension.
    let hello = TLSSample.hello(Self.name, padding: 300)
    let frame = connection.up(Array(hello[..<160]))
    gateway.take(frame, snaplen: frame.count - 150)
    gateway.take(connection.up(Array(hello[10...])))
    #expect(gateway.seen.names.isEmpty)
  }

  @Test("an encrypted hello is marked, and the outer name told")
  func tellsECH() {
    let gateway = Gateway()
    var connection = Connection()
    gateway.take(connection.handshake())
    gateway.take(connection.up(TLSSample.hello(Self.name, echConfigID: 9)))
    #expect(gateway.seen.sightings.map(\.ech) == [.unknown])
    #expect(gateway.counters.flowsWithECH == 1)
  }

  @Test("a flow that is nothing of ours is asked about once")
  func asksOnce() {
    let gateway = Gateway()
    var connection = Connection()
    gateway.take(connection.handshake())
    gateway.take(connection.up(TLSSample.hello("www.example.org")))
    for _ in 0..<100 { gateway.take(connection.up(TLSSample.hello(Self.name))) }
    #expect(gateway.seen.names == ["tls www.example.org"])
    #expect(gateway.counters.flowsMatched == 0)
  }
}
