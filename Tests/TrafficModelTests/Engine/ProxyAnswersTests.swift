import Testing
import WireFormat

@testable import TrafficModel

@Suite("What proxies answer")
struct ProxyAnswersTests {
  typealias Names = ProxyNamesTests

  static let failure: [UInt8] = [5, 5, 0, 1, 0, 0, 0, 0, 0, 0]
  static let forbidden = Array("HTTP/1.1 403 No\r\n\r\n".utf8)
  static let version4: [UInt8] = [4, 1, 1, 0xbb, 0, 0, 0, 1, 0] + Array(Names.name.utf8) + [0]
  static let password: [UInt8] = [5, 1, 2, 1, 1, 0x6d, 1, 0x70]

  struct Talk: Sendable {
    var up: [UInt8]
    /// The proxy's segments.
    var down: [[UInt8]]
  }

  static let refusals = [
    Talk(up: Names.greeting + Names.request, down: [[5, 0], [5, 5], [0, 1, 0, 0, 0, 0, 0, 0]]),
    Talk(up: Names.greeting + Names.request, down: [[5, 0] + failure]),
    Talk(up: Names.greeting + Names.request, down: [[5], [0, 5], [5]]),
    Talk(up: Names.greeting + Names.request, down: [[5, 0xff]]),
    Talk(up: Names.greeting + Names.request, down: [[5, 0, 5, 0, 0]]),
    Talk(up: password + Names.request, down: [[5, 2], [1, 1]]),
    Talk(up: version4, down: [[0], [91, 0, 0, 0, 0, 0, 0]]),
    Talk(up: version4, down: [[0, 90, 0, 0, 0, 0, 0]]),
    Talk(up: Names.connect, down: [Array("HTTP/1.1 4".utf8), Array("03 No\r\n\r\n".utf8)]),
    Talk(up: Names.connect, down: [Array("HTTP/1.1 100 Continue\r\n\r\n".utf8) + forbidden]),
    Talk(up: Names.connect, down: [Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)]),
    Talk(up: Names.connect, down: []),
    Talk(up: Names.greeting + Names.request, down: []),
  ]

  @Test("who is not connected uses nothing, whatever it says and when", arguments: refusals, 0..<4)
  func leavesUnconnectedOut(talk: Talk, order: Int) {
    var run = Names.Run()
    let hello = TLSSample.hello(Names.name)
    run.up(order == 0 ? talk.up + hello : talk.up)
    if order == 1 { run.up(hello) }
    for octets in talk.down { run.down(octets) }
    if order == 2 { run.up(hello) }
    run.gateway.finish()
    #expect(run.gateway.seen.proxied.map { $0.suffix(15) } == [Names.name[...]])
    #expect(run.gateway.seen.names.isEmpty && run.gateway.seen.requests.isEmpty)
    #expect(run.gateway.seen.ended.isEmpty && run.gateway.counters.flowsMatched == 0)
    #expect(run.gateway.seen.further == (order < 3 ? ["tls api.example.com"] : []))
    #expect(run.gateway.counters.flowsUnnamed == 1 && run.gateway.heldBytes == 0)
  }

  static let successes = [
    Talk(up: Names.greeting + Names.request, down: [[5, 0], Names.reply]),
    Talk(up: Names.greeting + Names.request, down: [[5, 0] + Names.reply]),
    Talk(
      up: Names.greeting + Names.request, down: [[5, 0, 5, 0, 0, 3, 2], [0x61, 0x62, 4, 0x38]]),
    Talk(up: password + Names.request, down: [[5, 2], [1, 0], Names.reply]),
    Talk(up: version4, down: [[0, 90], [0, 0, 0, 0, 0, 0]]),
    Talk(
      up: Names.connect,
      down: [Array("HTTP/1.1 100 Continue\r\n\r\n".utf8) + Names.established]),
    Talk(up: Names.connect, down: Names.established.map { [$0] }),
  ]

  @Test(
    "who is connected is judged, by a hello before the answer or behind it", arguments: successes,
    0..<3)
  func judgesConnected(talk: Talk, order: Int) {
    var run = Names.Run()
    let hello = TLSSample.hello(Names.name)
    run.up(order == 0 ? talk.up + hello[..<40] : talk.up)
    if order == 0 { run.up(Array(hello[40...])) }
    if order == 1 { run.up(hello) }
    #expect(run.gateway.seen.names.isEmpty)
    for octets in talk.down { run.down(octets) }
    if order == 2 { run.up(hello) }
    #expect(run.gateway.seen.names == ["tls api.example.com"])
    #expect(run.gateway.seen.sightings.map(\.client.port) == [50_000])
    run.gateway.finish()
    #expect(run.gateway.seen.ended.map(\.sighting.server.port) == [1_080])
    // Both ends' octets on the wire, each once: 20 of IP and 20 of TCP for each segment.
    let up = talk.up.count + hello.count + 40 * 4
    let figures = run.gateway.seen.endedFigures.first
    #expect(figures?.wireBytesUp == up)
    #expect(figures?.wireBytesDown == 40 + talk.down.reduce(0) { $0 + 40 + $1.count })
  }

  @Test("what waits for an answer is bounded")
  func boundsWaiting() {
    var run = Names.Run()
    run.up(Names.connect)
    for _ in 0..<20 { run.up([UInt8](repeating: 0x16, count: 1_000)) }
    #expect(run.gateway.heldBytes == 0 && run.gateway.probeCount == 0)
    #expect(run.gateway.counters.flowsUnnamed == 1)
  }

  @Test(
    "a hello whose name is not the destination's leaves the one asked for",
    arguments: [true, false])
  func judgesTheNameAskedFor(isECH: Bool) {
    var run = Names.Run()
    run.up(Names.connect)
    run.down(Names.established)
    run.up(
      isECH
        ? TLSSample.hello("cloudflare-ech.com", echConfigID: 42) : TLSSample.hello("192.0.2.10"))
    #expect(run.gateway.seen.further == [isECH ? "tls cloudflare-ech.com" : "tls 192.0.2.10"])
    #expect(run.gateway.seen.names == ["http api.example.com"])
    #expect(run.gateway.seen.sightings.map(\.ech) == [.none])
    #expect(run.gateway.seen.unnamed.isEmpty)
    #expect(run.gateway.counters.flowsMatched == 1 && run.gateway.counters.flowsByHTTP == 1)
  }
}
