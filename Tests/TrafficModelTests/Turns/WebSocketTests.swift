import Testing
import WireFormat

@testable import TrafficModel

@Suite("Turns over WebSocket")
struct WebSocketTests {
  typealias Run = TurnBuilderTests.Run

  /// An upgrade that took its time.
  static func upgraded() -> Run {
    var run = Run(.tls13, http: .http11)
    run.up(640, at: 0)
    run.down(212, at: 300)
    return run
  }

  @Test("pings and pongs begin no turn, end none and are of none")
  func passesOverControlFrames() {
    var run = Self.upgraded()
    for round in Int64(0)..<3 {
      let start = 1_000 + 10_000 * round
      run.up(10, at: start - 10)  // a ping
      run.down(6, at: start - 5)
      run.up(500, at: start)
      run.down(6, at: start + 100)  // a ping of the server, and its pong
      run.up(10, at: start + 101)
      run.down(800, at: start + 600)
      run.up(10, at: start + 650)
      run.down(6, at: start + 660)
      run.down(220, at: start + 700)
      run.down(6, at: start + 5_000)
      run.up(10, at: start + 5_001)
    }
    run.finish(at: 30_000)
    #expect(run.downstream == [[800, 220], [800, 220], [800, 220]])
    #expect(run.turns.map(\.upstream.byteCount) == [500, 500, 500])
    let starts = (Int64(0)..<3).map { Gateway.time(1_000 + 10_000 * $0) }
    let ends = (Int64(0)..<3).map { Gateway.time(1_700 + 10_000 * $0) }
    #expect(run.turns.map(\.start) == starts)
    #expect(run.turns.map(\.end) == ends)
    #expect(run.turns.map(\.isWebSocket) == [true, true, true])
  }

  @Test("a message of a few octets is a request once it is known that they are messages")
  func takesSmallMessages() {
    var run = Self.upgraded()
    run.up(75, at: 1_000)  // no head of HTTP is so small
    run.down(800, at: 1_500)
    run.up(22, at: 3_000)  // deflated, much like the one before
    run.down(90, at: 3_500)
    run.finish(at: 4_000)
    #expect(run.turns.map(\.upstream.byteCount) == [75, 22])
    #expect(run.turns.map(\.isWebSocket) == [true, true])
  }

  @Test("a ping while the first answer is waited for is no part of the request")
  func passesOverAnEarlyPing() {
    var run = Self.upgraded()
    run.up(517, at: 700)
    run.up(10, at: 1_030)
    run.down(1_062, at: 1_036)
    run.down(6, at: 1_044)
    run.down(1_066, at: 1_100)
    run.finish(at: 2_000)
    #expect(run.turns.map(\.upstreamSizes) == [[517]])
    #expect(run.downstream == [[1_062, 1_066]])
    // The rest of a body that comes with it is one.
    run = Self.upgraded()
    run.up(500, at: 700)
    run.up(10, at: 701)
    run.down(900, at: 1_200)
    run.finish(at: 2_000)
    #expect(run.turns.map(\.upstream.byteCount) == [640, 510])
  }

  @Test("the upgrade is a turn of its own only where nothing tells of WebSocket")
  func dropsTheUpgrade() {
    var run = Self.upgraded()
    run.up(500, at: 1_000)
    #expect(run.turns.isEmpty)  // it may have been an upgrade
    run.down(800, at: 1_500)
    run.up(500, at: 3_000)
    run.down(800, at: 3_500)
    run.finish(at: 4_000)
    #expect(run.turns.map(\.upstream.byteCount) == [640, 500, 500])
    #expect(run.turns.map(\.isWebSocket) == [false, false, false])

    run = Self.upgraded()
    run.up(500, at: 1_000)
    run.down(800, at: 1_500)
    run.up(10, at: 1_600)
    run.finish(at: 4_000)
    #expect(run.turns.map(\.upstream.byteCount) == [500])
  }

  @Test("a connection with one exchange has its turn when it ends")
  func keepsLoneExchanges() {
    var run = Self.upgraded()
    run.finish(at: 1_000)
    #expect(run.downstream == [[212]])
  }

  @Test("HTTP/2 has small records of its own")
  func leavesHTTP2() {
    var run = Run(.tls13, http: .http2)
    run.up(500, at: 0)
    run.down(400, at: 500)
    run.up(13, at: 600)
    run.down(400, at: 700)
    run.finish(at: 1_000)
    #expect(run.turns.map(\.isWebSocket) == [false])
  }
}
