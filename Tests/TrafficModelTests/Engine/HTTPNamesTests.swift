import Testing
import WireFormat

@testable import TrafficModel

@Suite("Requests in the clear")
struct HTTPNamesTests {
  static let request =
    Array(
      "POST /api/chat HTTP/1.1\r\nHost: ollama.lan:11434\r\nContent-Length: 200\r\n\r\n".utf8)
    + [UInt8](repeating: 0x20, count: 200)

  static var connection: Connection {
    var connection = Connection()
    connection.server.port = 11_434
    return connection
  }

  @Test("a request tells its host and path")
  func tellsHostAndPath() {
    let gateway = Gateway()
    var connection = Self.connection
    gateway.take(connection.handshake())
    gateway.take(connection.up(Self.request))
    #expect(gateway.seen.requests == ["ollama.lan /api/chat"])
    #expect(gateway.counters.flowsByHTTP == 1)
  }

  @Test("a head is read in three segments, and octet by octet")
  func readsSplitHeads() {
    for size in [40, 1] {
      let gateway = Gateway()
      var connection = Self.connection
      gateway.take(connection.handshake())
      for start in stride(from: 0, to: 80, by: size) {
        gateway.take(connection.up(Array(Self.request[start..<start + size])))
      }
      #expect(gateway.seen.requests == ["ollama.lan /api/chat"])
      #expect(gateway.counters.flowsUnnamed == 0)
    }
  }

  @Test("behind a CONNECT the hello is read")
  func readsHellosInTunnels() {
    let gateway = Gateway()
    var connection = Self.connection
    gateway.take(connection.handshake())
    gateway.take(connection.up(Array("CONNECT api.example.com:443 HTTP/1.1\r\n\r\n".utf8)))
    gateway.take(connection.down(Array("HTTP/1.1 200 Connection established\r\n\r\n".utf8)))
    gateway.take(connection.up(TLSSample.hello("api.example.com")))
    #expect(gateway.seen.proxied == ["http api.example.com"])
    #expect(gateway.seen.names == ["tls api.example.com"])
    // The flow is one, and judged once.
    #expect(gateway.counters.flowsMatched == 1)
    #expect(gateway.counters.flowsBySNI == 1 && gateway.counters.flowsByHTTP == 0)
  }

  @Test("what the server states of its cost is in the turn")
  func readsStatedUsage() throws {
    let gateway = Gateway()
    gateway.seen.metersHTTP = true
    var connection = Self.connection
    gateway.take(connection.handshake())
    gateway.take(connection.up(Self.request))
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n\r\n"
    let line = #"{"message":{"content":"Yes"},"done":false}"# + "\n"
    let last = #"{"done":true,"prompt_eval_count":26,"eval_count":298}"# + "\n"
    gateway.take(connection.down(Array(head.utf8)), at: 100)
    gateway.take(connection.down(Array(line.utf8)), at: 200)
    // The statement comes in two segments.
    gateway.take(connection.down(Array(last.utf8.prefix(30))), at: 300)
    gateway.take(connection.down(Array(last.utf8.dropFirst(30))), at: 400)
    gateway.finish()
    let turn = try #require(gateway.seen.turns.first)
    #expect(turn.statedUsage == .init(promptTokens: 26, completionTokens: 298))
    #expect(turn.transport == .http)
    #expect(turn.upstream.byteCount == Self.request.count)
    #expect(turn.downstream.byteCount == head.utf8.count + line.utf8.count + last.utf8.count)
  }

  @Test("a second request on the connection ends the first turn")
  func readsKeepAlive() {
    let gateway = Gateway()
    gateway.seen.metersHTTP = true
    var connection = Self.connection
    gateway.take(connection.handshake())
    for round in Int64(0)..<3 {
      gateway.take(connection.up(Self.request), at: round * 1_000)
      gateway.take(connection.down([UInt8](repeating: 0x41, count: 500)), at: round * 1_000 + 500)
    }
    #expect(gateway.seen.turns.count == 2)
    gateway.finish()
    #expect(gateway.seen.turns.map(\.downstream.byteCount) == [500, 500, 500])
    #expect(gateway.seen.requests.count == 3)
  }

  @Test("a GET is no turn")
  func passesOverOtherMethods() {
    let gateway = Gateway()
    gateway.seen.metersHTTP = true
    var connection = Self.connection
    gateway.take(connection.handshake())
    gateway.take(connection.up(Array("GET /api/tags HTTP/1.1\r\nHost: a\r\n\r\n".utf8)))
    gateway.take(connection.down([UInt8](repeating: 0x41, count: 500)), at: 500)
    gateway.finish()
    #expect(gateway.seen.turns.isEmpty)
  }

  @Test("a body that goes on with letters of a method is no further request")
  func readsBodies() {
    let gateway = Gateway()
    gateway.seen.metersHTTP = true
    var connection = Self.connection
    gateway.take(connection.handshake())
    gateway.take(connection.up(Self.request))
    for text in ["COPY that, and", "GET it? /no", "POST office"] {
      gateway.take(connection.up(Array(text.utf8)), at: 10)
    }
    gateway.take(connection.down([UInt8](repeating: 0x41, count: 500)), at: 500)
    gateway.finish()
    #expect(gateway.seen.turns.map(\.upstream.byteCount) == [Self.request.count + 36])
    #expect(gateway.seen.requests.count == 1)
  }
}
