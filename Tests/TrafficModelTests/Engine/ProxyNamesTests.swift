import Testing
import WireFormat

@testable import TrafficModel

@Suite("Flows through a proxy")
struct ProxyNamesTests {
  static let name = "api.example.com"
  static let connect = Array("CONNECT api.example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
  static let established = Array("HTTP/1.1 200 Connection established\r\n\r\n".utf8)
  static let greeting: [UInt8] = [5, 1, 0]
  static let request: [UInt8] = [5, 1, 0, 3, 15] + Array(name.utf8) + [0x01, 0xbb]
  static let reply: [UInt8] = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0]

  struct Run {
    let gateway = Gateway()
    var connection = Connection()

    init() {
      connection.server.port = 1_080
      gateway.take(connection.handshake())
    }

    mutating func up(_ octets: [UInt8]) { gateway.take(connection.up(octets)) }
    mutating func down(_ octets: [UInt8]) { gateway.take(connection.down(octets)) }
  }

  @Test("CONNECT and the hello in one segment: judged when the proxy has answered")
  func readsHellosBehindConnect() {
    var run = Run()
    run.up(Self.connect + TLSSample.hello(Self.name))
    #expect(run.gateway.seen.proxied == ["http api.example.com"])
    #expect(run.gateway.seen.names.isEmpty)
    run.down(Self.established)
    #expect(run.gateway.seen.names == ["tls api.example.com"])
    #expect(run.gateway.counters.flowsMatched == 1)
  }

  @Test("a proxy that wants a password is asked again, on the same connection")
  func readsSecondConnects() {
    var run = Run()
    run.up(Self.connect)
    run.down(Array("HTTP/1.1 407 Who?\r\nContent-Length: 2\r\n\r\nno".utf8))
    run.up(Array("CONNECT api.example.com:443 HTTP/1.1\r\nProxy-Authorization: x\r\n\r\n".utf8))
    run.down(Self.established)
    run.up(TLSSample.hello(Self.name))
    #expect(run.gateway.seen.names == ["tls api.example.com"])
    #expect(run.gateway.counters.proxyRequests == 2)
    #expect(run.gateway.counters.flowsMatched == 1)
  }

  @Test("a head that comes octet by octet is read")
  func readsSlowConnects() {
    var run = Run()
    for octet in Self.connect { run.up([octet]) }
    run.down(Self.established)
    run.up(TLSSample.hello(Self.name))
    #expect(run.gateway.seen.names == ["tls api.example.com"])
  }

  @Test("a hello without a name is known by what was asked for")
  func judgesByTheNameAskedFor() {
    var run = Run()
    run.up(Self.connect)
    run.down(Self.established)
    run.up(TLSSample.hello(nil))
    #expect(run.gateway.seen.names == ["http api.example.com"])
    #expect(run.gateway.counters.flowsByHTTP == 1 && run.gateway.counters.flowsMatched == 1)
  }

  @Test("where no TLS follows, the name asked for is judged, once")
  func judgesTunnelsWithoutTLS() {
    var run = Run()
    run.up(Self.connect)
    run.down(Self.established)
    run.up(Array("SSH-2.0-OpenSSH\r\n".utf8))
    #expect(run.gateway.seen.names.isEmpty)
    run.gateway.finish()
    #expect(run.gateway.seen.names == ["http api.example.com"])
    #expect(run.gateway.seen.ended.map(\.sighting.server.port) == [1_080])
    #expect(run.gateway.counters.flowsUnnamed == 0)
  }

  @Test("what the proxy refused is nobody's use")
  func leavesRefusedRequestsOut() {
    for (up, down) in [
      (Self.connect, Array("HTTP/1.1 403 No\r\n\r\n".utf8)),
      (Self.greeting + Self.request, [5, 0, 5, 2, 0, 1, 0, 0, 0, 0, 0, 0]),
      ([4, 1, 1, 0xbb, 0, 0, 0, 1, 0] + Array(Self.name.utf8) + [0], [0, 91, 0, 0, 0, 0, 0, 0]),
    ] {
      var run = Run()
      run.up(up)
      if down.count == 12 {
        run.down(Array(down[..<2]))
        run.down(Array(down[2...]))
      } else {
        run.down(down)
      }
      run.gateway.finish()
      #expect(run.gateway.seen.proxied.count == 1)
      #expect(run.gateway.seen.names.isEmpty)
      #expect(run.gateway.counters.flowsUnnamed == 1)
    }
  }

  @Test("SOCKS 5 by name, then TLS", arguments: [1, 2, 1_000])
  func readsSOCKS5(size: Int) {
    var run = Run()
    func send(_ octets: [UInt8]) {
      for start in stride(from: 0, to: octets.count, by: size) {
        run.up(Array(octets[start..<min(octets.count, start + size)]))
      }
    }
    send(Self.greeting)
    run.down([5, 0])
    send(Self.request)
    run.down(Self.reply)
    send(TLSSample.hello("www.example.org"))
    #expect(run.gateway.seen.proxied == ["socks api.example.com"])
    #expect(run.gateway.seen.names == ["tls www.example.org"])
    #expect(run.gateway.seen.sightings.map(\.server.port) == [1_080])
  }

  @Test("SOCKS 5 with a password, all of it and the hello at once")
  func readsEagerSOCKS5() {
    var run = Run()
    let password: [UInt8] = [1, 2, 0x6d, 0x65, 2, 0x70, 0x77]
    run.up([5, 2, 0, 2] + password + Self.request + TLSSample.hello(Self.name))
    #expect(run.gateway.seen.proxied == ["socks api.example.com"])
    run.down([5, 2])
    run.down([1, 0] + Self.reply)
    #expect(run.gateway.seen.names == ["tls api.example.com"])
  }

  @Test("SOCKS 4 and 4a")
  func readsSOCKS4() {
    for (request, proxied) in [
      ([4, 1, 1, 0xbb, 192, 0, 2, 9, 0], []),
      ([4, 1, 1, 0xbb, 0, 0, 0, 1, 0] + Array(Self.name.utf8) + [0], ["socks api.example.com"]),
    ] {
      var run = Run()
      run.up(request)
      run.down([0, 90, 0, 0, 0, 0, 0, 0])
      run.up(TLSSample.hello(Self.name))
      #expect(run.gateway.seen.proxied == proxied)
      #expect(run.gateway.seen.names == ["tls api.example.com"])
    }
  }

  @Test("where nothing tells a name behind SOCKS, the one asked for is judged")
  func judgesSOCKSByTheNameAskedFor() {
    var run = Run()
    run.up(Self.greeting)
    run.down([5, 0])
    run.up(Self.request)
    run.down(Self.reply)
    run.up([0x90, 0x91])
    run.gateway.finish()
    #expect(run.gateway.seen.names == ["socks api.example.com"])
    #expect(run.gateway.counters.flowsBySOCKS == 1)
  }

  @Test("a request in the clear behind SOCKS is judged by its own host")
  func readsRequestsBehindSOCKS() {
    var run = Run()
    run.up(Self.greeting + Self.request)
    run.down([5, 0] + Self.reply)
    run.up(Array("GET /v1 HTTP/1.1\r\nHost: ollama.lan\r\n\r\n".utf8))
    #expect(run.gateway.seen.requests == ["ollama.lan /v1"])
    run.gateway.finish()
    #expect(run.gateway.seen.names.isEmpty)
  }

  @Test("octets that only begin like SOCKS tell nothing")
  func checksSOCKS() {
    for octets in [
      [5, 1, 0, 5, 9, 0, 3, 15] + Array(Self.name.utf8) + [1, 0xbb], [5, 0] + Self.request,
      [4, 1, 1, 0xbb, 0, 0, 0, 1, 0] + Array("no name/".utf8) + [0], [5, 1, 0, 22, 3, 1],
    ] {
      var run = Run()
      run.up(octets)
      run.gateway.finish()
      #expect(run.gateway.seen.proxied.isEmpty && run.gateway.seen.names.isEmpty)
    }
  }
}
