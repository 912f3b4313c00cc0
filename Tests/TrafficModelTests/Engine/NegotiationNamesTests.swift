import Testing
import WireFormat

@testable import TrafficModel

@Suite("TLS that begins later on a connection")
struct NegotiationNamesTests {
  static let name = "api.example.com"
  static let told = ["tls api.example.com"]

  /// What is said, in turns, before the hello: the server's lines begin with `<`, the client's with `>`.
  static let dialogues: [[String]] = [
    [
      "<220 mx ESMTP\r\n", ">EHLO a\r\n", "<250-mx\r\n250 STARTTLS\r\n", ">STARTTLS\r\n",
      "<220 go\r\n",
    ],
    ["<* OK IMAP4\r\n", ">a CAPABILITY\r\n", "<a OK\r\n", ">b STARTTLS\r\n", "<b OK\r\n"],
    ["<+OK\r\n", ">STLS\r\n", "<+OK\r\n"],
    ["<220 ftp\r\n", ">AUTH TLS\r\n", "<234 go\r\n"],
    ["<200 news\r\n", ">STARTTLS\r\n", "<382 go\r\n"],
    [
      "><stream:stream to='a'>", "<<stream:stream from='a'>",
      "><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "<<proceed/>",
    ],
    [">\u{0}\u{0}\u{0}\u{8}\u{4}\u{d2}\u{16}\u{2f}", "<S"],
    [">CAP LS 302\r\n", "<:irc CAP * LS :tls\r\n", ">STARTTLS\r\n", "<:irc 670 a :go\r\n"],
  ]

  static func play(
    _ dialogue: [String], _ connection: inout Connection, _ gateway: Gateway, octets: Int = .max
  ) {
    for line in dialogue {
      // Each character is one octet.
      let all = line.dropFirst().unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
      for start in stride(from: 0, to: all.count, by: min(octets, all.count)) {
        let part = Array(all[start..<min(all.count, start &+ min(octets, all.count))])
        gateway.take(line.first == ">" ? connection.up(part) : connection.down(part))
      }
    }
  }

  @Test("the protocols that change to TLS", arguments: dialogues)
  func readsHellosAfterNegotiations(dialogue: [String]) {
    let gateway = Gateway()
    var connection = Connection()
    connection.server.port = 4_000
    gateway.take(connection.handshake())
    Self.play(dialogue, &connection, gateway)
    gateway.take(connection.up(TLSSample.hello(Self.name)))
    #expect(gateway.seen.names == Self.told)
  }

  @Test("the last words and the hello in one segment", arguments: dialogues)
  func readsHellosBehindTheirRequest(dialogue: [String]) throws {
    let gateway = Gateway()
    var connection = Connection()
    gateway.take(connection.handshake())
    let last = try #require(dialogue.lastIndex { $0.first == ">" })
    Self.play(Array(dialogue[..<last]), &connection, gateway)
    let words = dialogue[last].dropFirst().unicodeScalars
      .map { UInt8(truncatingIfNeeded: $0.value) }
    gateway.take(connection.up(words + TLSSample.hello(Self.name)))
    #expect(gateway.seen.names == Self.told)
  }

  @Test("MySQL and RDP: the request and the hello in one segment, and cut at each octet")
  func readsHellosBehindBinaryRequests() {
    let mySQL: [UInt8] =
      [0x20, 0, 0, 1, 0x05, 0xae, 0xff, 0x01] + [UInt8](repeating: 0, count: 28)
    let rdp: [UInt8] = [3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 1, 0, 0, 0]
    for request in [mySQL, rdp] {
      let whole = request + TLSSample.hello(Self.name)
      for cut in [0, 1, 2, 3, 4, 5, 7, request.count - 1, request.count, request.count + 1] {
        let gateway = Gateway()
        var connection = Connection()
        gateway.take(connection.handshake())
        if cut > 0 { gateway.take(connection.up(Array(whole[..<cut]))) }
        gateway.take(connection.up(Array(whole[cut...])))
        #expect(gateway.seen.names == Self.told, "\(request.count), cut at \(cut)")
      }
    }
  }

  @Test("TDS carries the hello in its own packets")
  func readsHellosInTDS() {
    let gateway = Gateway()
    var connection = Connection()
    gateway.take(connection.handshake())
    gateway.take(connection.up([0x12, 1, 0, 47, 0, 0, 1, 0] + [UInt8](repeating: 0, count: 39)))
    gateway.take(connection.down([4, 1, 0, 43, 0, 0, 1, 0] + [UInt8](repeating: 0, count: 35)))
    let hello = TLSSample.hello(Self.name)
    gateway.take(
      connection.up([0x12, 1] + Frames.octets16(8 + hello.count) + [0, 0, 0, 0] + hello))
    #expect(gateway.seen.names == Self.told)
  }

  @Test("a header of a load balancer before the hello", arguments: [1, 3, 20, 1_000])
  func readsBehindPROXYHeaders(size: Int) {
    let version1 = Array("PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n".utf8)
    let version2 =
      Array("\r\n\r\n\0\r\nQUIT\n".utf8) + [0x21, 0x11, 0, 40] + [UInt8](repeating: 7, count: 40)
    for header in [version1, version2] {
      let gateway = Gateway()
      var connection = Connection()
      gateway.take(connection.handshake())
      let whole = header + TLSSample.hello(Self.name)
      for start in stride(from: 0, to: whole.count, by: size) {
        gateway.take(connection.up(Array(whole[start..<min(whole.count, start + size)])))
      }
      #expect(gateway.seen.names == Self.told)
    }
  }

  @Test("a header of a load balancer before a request in the clear")
  func readsRequestsBehindPROXYHeaders() {
    let gateway = Gateway()
    var connection = Connection()
    gateway.take(connection.handshake())
    let text = "PROXY UNKNOWN\r\nGET / HTTP/1.1\r\nHost: ollama.lan\r\n\r\n"
    gateway.take(connection.up(Array(text.utf8)))
    #expect(gateway.seen.requests == ["ollama.lan /"])
  }

  @Test("a long negotiation is waited for, a long talk in the clear is not")
  func boundsNegotiations() {
    for (greeting, isFound) in [("220 mx\r\n", true), ("hello\r\n", false)] {
      let gateway = Gateway()
      var connection = Connection()
      gateway.take(connection.handshake())
      gateway.take(connection.down(Array(greeting.utf8)))
      for _ in 0..<20 {
        gateway.take(connection.up(Array("NOOP\r\n".utf8)))
        gateway.take(connection.down(Array("250 OK\r\n".utf8)))
      }
      gateway.take(connection.up(TLSSample.hello(Self.name)))
      #expect(gateway.seen.names == (isFound ? Self.told : []))
      #expect(gateway.probeCount == 0)
    }
  }

  @Test("a talk that never changes to TLS is given up, by segments and by octets")
  func givesNegotiationsUp() {
    for size in [10, 1_400] {
      let gateway = Gateway()
      var connection = Connection()
      gateway.take(connection.handshake())
      gateway.take(connection.down(Array("220 mx\r\n".utf8)))
      var count = 0
      while gateway.probeCount == 1, count < 1_000 {
        gateway.take(connection.up([UInt8](repeating: 0x61, count: size)))
        count += 1
      }
      #expect(count == (size == 10 ? 127 : 47))
    }
  }

  @Test("where neither end speaks text, fewer segments are looked at")
  func givesBinaryUpEarly() {
    let gateway = Gateway()
    var connection = Connection()
    gateway.take(connection.handshake())
    var count = 0
    while count < 100, count == 0 || gateway.probeCount == 1 {
      gateway.take(connection.up([0x90, 1, 2]))
      gateway.take(connection.down([0x91, 1, 2]))
      count += 2
    }
    #expect(count == ProbingFlow.maximumBinarySegments)
    #expect(gateway.counters.flowsUnnamed == 1)
  }
}
