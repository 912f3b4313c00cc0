import Testing
import WireFormat

@testable import TrafficModel

@Suite("Heads of requests, gathered from pieces")
struct HTTPCollectorsTests {
  static let head = Array("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)

  private static func append(
    _ octets: some Sequence<UInt8>, to collector: inout HTTPHeadCollector
  ) -> HTTPHeadCollector.Status {
    let all = Array(octets)
    return collector.append(all.octets)
  }

  private static func append(
    _ octets: [UInt8], to collector: inout HTTP2Collector
  ) -> HTTP2Collector.Status {
    collector.append(octets.octets)
  }

  @Test("the end is found wherever the head is cut", arguments: 1..<head.count)
  func findsTheEnd(cut: Int) {
    var collector = HTTPHeadCollector()
    #expect(Self.append(Array(Self.head[..<cut]), to: &collector) != .complete)
    #expect(Self.append(Self.head[cut...] + [1, 2], to: &collector) == .complete)
    #expect(collector.octets == Self.head + [1, 2])
  }

  @Test("the first line is told once, lines may end in LF alone")
  func tellsTheFirstLine() {
    var collector = HTTPHeadCollector()
    let texts = ["GET / HT", "TP/1.1\n", "Host: a\n", "\n"]
    let found = texts.map { Self.append(Array($0.utf8), to: &collector) }
    #expect(found == [.needMore, .firstLine, .needMore, .complete])
  }

  @Test("a head without an end is given up at 16 KiB")
  func boundsHeads() {
    var collector = HTTPHeadCollector()
    let part = [UInt8](repeating: 0x41, count: 1_000)
    var count = 0
    while collector.append(part.octets) == .needMore, count < 100 { count += 1 }
    #expect(count == 16)
  }

  /// Preface, empty SETTINGS, HEADERS of RFC 7541's example in two frames.
  static let http2: [UInt8] =
    HTTP2FrameHeader.preface + [0, 0, 0, 4, 0, 0, 0, 0, 0] + [0, 0, 3, 1, 0, 0, 0, 0, 1]
    + [0x82, 0x86, 0x84] + [0, 0, 14, 9, 4, 0, 0, 0, 1]
    + [0x41, 0x8c, 0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4, 0xff]

  @Test("the first header block of HTTP/2, in pieces of any size", arguments: [1, 2, 7, 30, 1_000])
  func gathersBlocks(size: Int) {
    var collector = HTTP2Collector()
    var found: [HTTP2Collector.Status] = []
    for start in stride(from: 0, to: Self.http2.count, by: size) {
      let piece = Array(Self.http2[start..<min(Self.http2.count, start + size)])
      found.append(collector.append(piece.octets))
    }
    #expect(found.last == .complete && !found.dropLast().contains(.complete))
    #expect(collector.block.count == 17)
  }

  @Test("no preface, too many frames, too large a block: given up")
  func boundsHTTP2() {
    var collector = HTTP2Collector()
    #expect(Self.append(Array("PRI * HTTP/1.0".utf8), to: &collector) == .notHTTP2)
    for (frame, count) in [
      ([0, 0, 0, 4, 0, 0, 0, 0, 0], 64), ([0, 0x40, 1, 1, 0, 0, 0, 0, 1], 0),
      ([1, 0, 1, 0, 0, 0, 0, 0, 1], 0),
    ] as [([UInt8], Int)] {
      collector = HTTP2Collector()
      _ = Self.append(HTTP2FrameHeader.preface, to: &collector)
      for _ in 0..<count { #expect(Self.append(frame, to: &collector) == .needMore) }
      #expect(Self.append(frame, to: &collector) == .notHTTP2)
    }
  }

  @Test("a client that speaks HTTP/2 in the clear names whom it asks")
  func tellsAuthorities() {
    let gateway = Gateway()
    var connection = Connection()
    gateway.take(connection.handshake())
    for octet in Self.http2 { gateway.take(connection.up([octet])) }
    #expect(gateway.seen.requests == ["www.example.com /"])
    #expect(gateway.counters.flowsByHTTP == 1)
  }

  @Test("a head that the snaplen cuts, or that is too long, is known by its host")
  func readsPartsOfHeads() {
    for snaplen in [150, 20_000] {
      let gateway = Gateway()
      var connection = Connection()
      gateway.take(connection.handshake())
      let text = "GET /v1 HTTP/1.1\r\nHost: ollama.lan\r\nCookie: "
      let frame = connection.up(Array(text.utf8) + [UInt8](repeating: 0x61, count: 17_000))
      gateway.take(frame, snaplen: snaplen)
      #expect(gateway.seen.requests == ["ollama.lan /v1"])
    }
  }

  @Test("hosts that contradict one another are counted, the first is told; a folded one is read")
  func readsHostileHosts() {
    for (fields, conflicts) in [
      ("Host: a.lan\r\nHost: b.lan\r\n", 1), ("Host: a.lan\r\nHost: a.lan\r\n", 0),
      ("Host:\r\n a.lan\r\n", 0), ("X: y\r\n z\r\nHost: a.lan\r\n", 0),
    ] {
      let gateway = Gateway()
      var connection = Connection()
      gateway.take(connection.handshake())
      gateway.take(connection.up(Array("PROPFIND / HTTP/1.1\r\n\(fields)\r\n".utf8)))
      #expect(gateway.seen.requests == ["a.lan /"])
      #expect(gateway.counters.conflictingHosts == conflicts)
    }
  }
}
