import Testing
import WireFormat

@Suite("HTTP/1 response head (RFC 9112)")
struct HTTPResponseHeadTests {
  /// RFC 9110, section 3.9: the server's answer.
  static let example =
    "HTTP/1.1 200 OK\r\nDate: Mon, 27 Jul 2009 12:28:53 GMT\r\nContent-Length: 51\r\nContent-Type: text/plain\r\n\r\nHello"

  private func parse(_ text: String) throws(WireError) -> HTTPResponseHead {
    let octets = Array(text.utf8)
    return try HTTPResponseHead(parsing: octets.wire)
  }

  @Test func readsTheExampleOfRFC9110() throws {
    let head = try parse(Self.example)
    #expect(head.statusCode == 200)
    #expect(head.contentLength == 51)
    #expect(head.byteCount == Self.example.utf8.count - 5)
    #expect(head.contentType != nil && head.mediaType == .other)
    #expect(!head.isChunked && !head.isCompressed)
  }

  @Test(
    "media types",
    arguments: [
      ("application/json; charset=utf-8", HTTPResponseHead.MediaType.json),
      ("Application/JSON", .json), ("application/x-ndjson", .lines),
      ("text/event-stream", .eventStream), ("text/html", .other), ("", .other),
    ])
  func tellsMediaTypes(value: String, type: HTTPResponseHead.MediaType) throws {
    #expect(try parse("HTTP/1.1 200\r\nContent-Type: \(value)\r\n\r\n").mediaType == type)
  }

  @Test func tellsCodings() throws {
    let head = try parse(
      "HTTP/1.0 503 x\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n")
    #expect(head.statusCode == 503)
    #expect(head.isChunked && head.isCompressed)
    #expect(try !parse("HTTP/1.1 204\r\nContent-Encoding: identity\r\n\r\n").isCompressed)
  }

  @Test("a prefix is truncated up to the status line's end, and then incomplete")
  func readsPrefixes() throws {
    let octets = Array(Self.example.utf8)
    for length in 0..<octets.count - 5 {
      let prefix = Array(octets.prefix(length))
      if length < 17 {
        #expect { try HTTPResponseHead(parsing: prefix.wire) } throws: {
          ($0 as? WireError)?.isTruncated == true
        }
      } else {
        #expect(try !HTTPResponseHead(parsing: prefix.wire).isComplete)
      }
    }
  }

  @Test(
    "bad fields",
    arguments: [
      ("SSH-2.0-OpenSSH_9.2\r\n", WireError.invalid(.httpStartLine, offset: 0)),
      ("HTTP/2.0 200 OK\r\n", .invalid(.httpStartLine, offset: 5)),
      ("HTTP/1.2 200 OK\r\n", .invalid(.httpStartLine, offset: 7)),
      ("HTTP/1.1 020 OK\r\n", .invalid(.httpStartLine, offset: 9)),
      ("HTTP/1.1 2x0 OK\r\n", .invalid(.httpStartLine, offset: 10)),
      ("HTTP/1.1 2000\r\n", .invalid(.httpStartLine, offset: 12)),
      ("HTTP/1.1 200 OK\r\nx\r\n", .invalid(.httpHeader, offset: 17)),
    ])
  func throwsOnBadFields(text: String, error: WireError) {
    #expect(throws: error) { try parse(text) }
  }

  @Test func neverTrapsOnMutatedHeads() {
    ParserSamples.sweep(Array(Self.example.utf8)) { octets in
      _ = try? HTTPResponseHead(parsing: octets.wire)
    }
  }
}
