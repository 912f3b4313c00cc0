import Testing
import WireFormat

@Suite("HTTP/1 request head (RFC 9112)")
struct HTTPRequestHeadTests {
  /// RFC 9110, section 3.9: a client asks for a text.
  static let example =
    "GET /hello.txt HTTP/1.1\r\nUser-Agent: curl/7.64.1\r\nHost: www.example.com\r\nAccept-Language: en, mi\r\n\r\n"

  struct Read: Equatable {
    var method: HTTPRequestHead.Method
    var path: String
    var authority: String?
    var host: String?
  }

  private func parse(_ text: String) throws(WireError) -> HTTPRequestHead {
    let octets = Array(text.utf8)
    return try HTTPRequestHead(parsing: octets.wire)
  }

  private func read(_ text: String) throws(WireError) -> Read {
    let octets = Array(text.utf8)
    let head = try HTTPRequestHead(parsing: octets.wire)
    func string(_ range: Range<Int>) -> String { String(decoding: octets[range], as: UTF8.self) }
    return Read(
      method: head.method, path: string(head.path), authority: head.authority.map(string),
      host: head.hostName(in: octets.wire).map(string))
  }

  @Test func readsTheExampleOfRFC9110() throws {
    let expected = Read(
      method: .get, path: "/hello.txt", authority: "www.example.com", host: "www.example.com")
    #expect(try read(Self.example) == expected)
    #expect(try parse(Self.example).byteCount == Self.example.utf8.count)
  }

  @Test(
    "who is asked, by the form of the target",
    arguments: [
      (
        "GET http://a.test:8080/x?y HTTP/1.1\r\nHost: b.test\r\n\r\n", "/x?y", "a.test:8080",
        "a.test"
      ),
      ("GET http://user:pw@a.test HTTP/1.1\r\n\r\n", "", "a.test", "a.test"),
      ("GET HTTPS://a.test?q HTTP/1.0\r\n\r\n", "?q", "a.test", "a.test"),
      ("CONNECT api.test:443 HTTP/1.1\r\nHost: x\r\n\r\n", "", "api.test:443", "api.test"),
      (
        "OPTIONS * HTTP/1.1\r\nhost:\t[2001:db8::1]:80 \r\n\r\n", "", "[2001:db8::1]:80",
        "2001:db8::1"
      ),
      ("POST / HTTP/1.1\nHOST:A.test\n\n", "/", "A.test", "A.test"),
      ("\r\nGET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "/", "a", "a"),
    ])
  func findsTheAuthority(text: String, path: String, authority: String, host: String) throws {
    let all = try read(text)
    #expect(all.path == path)
    #expect(all.authority == authority)
    #expect(all.host == host)
  }

  @Test func aHostThatIsNoNameIsNone() throws {
    #expect(try parse("GET / HTTP/1.1\r\nHost: a b\r\n\r\n").authority == nil)
    #expect(try parse("GET / HTTP/1.1\r\nHost:\r\n\r\n").authority == nil)
    #expect(try parse("GET / HTTP/1.1\r\nHost: <script>\r\n\r\n").authority == nil)
  }

  @Test func readsLengths() throws {
    let head = try parse("POST /v1 HTTP/1.1\r\nContent-Length: 42\r\nContent-length:42\r\n\r\n")
    #expect(head.contentLength == 42 && !head.isChunked)
    let chunked = try parse("POST /v1 HTTP/1.1\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n")
    #expect(chunked.contentLength == nil && chunked.isChunked)
  }

  @Test("a prefix is truncated up to the start line's end, and then incomplete")
  func readsPrefixes() throws {
    let octets = Array(Self.example.utf8)
    for length in 0..<octets.count {
      let prefix = Array(octets.prefix(length))
      if length < 25 {
        #expect { try HTTPRequestHead(parsing: prefix.wire) } throws: {
          ($0 as? WireError)?.isTruncated == true
        }
      } else {
        let head = try HTTPRequestHead(parsing: prefix.wire)
        #expect(!head.isComplete)
        #expect((head.authority != nil) == (length >= 73))
      }
    }
  }

  @Test(
    "bad fields",
    arguments: [
      ("\u{16}\u{3}", WireError.invalid(.httpStartLine, offset: 0)),
      ("get / HTTP/1.1\r\n", .invalid(.httpStartLine, offset: 0)),
      ("ABCDEFGHIJKLMNOPQ / HTTP/1.1\r\n", .invalid(.httpStartLine, offset: 0)),
      ("PRI * HTTP/2.0\r\n\r\n", .invalid(.httpStartLine, offset: 0)),
      ("GET  HTTP/1.1\r\n", .invalid(.httpStartLine, offset: 0)),
      ("GET /a b HTTP/1.1\r\n", .invalid(.httpStartLine, offset: 6)),
      ("GET /\r\n", .invalid(.httpStartLine, offset: 0)),
      ("GET / HTTP/1.1\r\nnonsense\r\n\r\n", .invalid(.httpHeader, offset: 16)),
      ("GET / HTTP/1.1\r\n: x\r\n\r\n", .invalid(.httpHeader, offset: 16)),
      ("GET / HTTP/1.1\r\nContent-Length: 1e3\r\n\r\n", .invalid(.httpHeader, offset: 16)),
      (
        "GET / HTTP/1.1\r\nContent-Length: 9999999999999999999\r\n",
        .invalid(.httpHeader, offset: 16)
      ),
      (
        "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        .invalid(.httpHeader, offset: 35)
      ),
    ])
  func throwsOnBadFields(text: String, error: WireError) {
    #expect(throws: error) { try parse(text) }
  }

  @Test func aHeadPastTheLimitIsRefused() {
    let long = "GET / HTTP/1.1\r\nCookie: " + String(repeating: "x", count: 17_000)
    #expect(throws: WireError.invalid(.httpHeadLength, offset: 16)) { try parse(long) }
    #expect(throws: WireError.invalid(.httpHeadLength, offset: 0)) {
      try parse("GET /" + String(repeating: "x", count: 17_000))
    }
  }

  @Test func neverTrapsOnMutatedHeads() {
    ParserSamples.sweep(Array(Self.example.utf8)) { octets in
      guard let head = try? HTTPRequestHead(parsing: octets.wire) else { return }
      let host = head.hostName(in: octets.wire)
      #expect(host.map { $0.upperBound <= octets.count } ?? true)
    }
    for text in [
      "GET http://[ HTTP/1.1\r\n\r\n", "GET http://@ HTTP/1.1\r\n\r\n",
      "CONNECT : HTTP/1.1\r\n\r\n",
    ] {
      ParserSamples.sweep(Array(text.utf8)) { octets in
        let head = try? HTTPRequestHead(parsing: octets.wire)
        _ = head?.hostName(in: octets.wire)
      }
    }
  }
}
