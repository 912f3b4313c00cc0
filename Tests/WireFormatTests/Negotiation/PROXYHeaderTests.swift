import Testing
import WireFormat

@Suite("PROXY protocol headers (HAProxy)")
struct PROXYHeaderTests {
  static let version1 = Array("PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n".utf8)
  /// Version 2, PROXY, TCP over IPv4: two addresses and two ports.
  static let version2: [UInt8] =
    Array("\r\n\r\n\0\r\nQUIT\n".utf8) + [0x21, 0x11, 0, 12] + [192, 0, 2, 1, 198, 51, 100, 2]
    + [0xdc, 0x04, 0x01, 0xbb]

  static let badFields: [([UInt8], WireError)] = [
    (Array("PROXX".utf8), .invalid(.proxySignature, offset: 0)),
    (Array("\r\n\r\n\u{1}".utf8), .invalid(.proxySignature, offset: 0)),
    (Array("GET /".utf8), .invalid(.proxySignature, offset: 0)),
    (Array("PROXY TCP4 a b\r\n".utf8), .invalid(.proxyLine, offset: 14)),
    (Array("PROXY UDP4 a b c d\r\n".utf8), .invalid(.proxyLine, offset: 18)),
    (Array("PROXY TCP4 a b c d\r.".utf8), .invalid(.proxyLine, offset: 18)),
    (Array("PROXY TCP4 a\tb c d\r\n".utf8), .invalid(.proxyLine, offset: 12)),
    (
      Array("PROXY TCP4 ".utf8) + [UInt8](repeating: 0x31, count: 100),
      .invalid(.proxyLine, offset: 107)
    ),
    (Array(version2[..<12]) + [0x31, 0x11, 0, 12], .invalid(.proxyLength, offset: 12)),
    (Array(version2[..<12]) + [0x21, 0x11, 0x10, 0], .invalid(.proxyLength, offset: 14)),
  ]

  private func parse(_ bytes: [UInt8]) throws(WireError) -> PROXYHeader {
    try PROXYHeader(parsing: bytes.wire)
  }

  @Test("how long a header is, in both versions")
  func measuresHeaders() throws {
    let one = try parse(Self.version1 + [22, 3, 1])
    #expect(one.version == 1 && one.byteCount == Self.version1.count)
    let two = try parse(Self.version2 + [22, 3, 1])
    #expect(two.version == 2 && two.byteCount == Self.version2.count)
    #expect(try parse(Array("PROXY UNKNOWN\r\n".utf8)).byteCount == 15)
    #expect(try parse(Array("PROXY TCP6 ::1 ::1 1 2\r\n".utf8)).byteCount == 24)
    // The health check of a load balancer has no addresses.
    #expect(try parse(Array(Self.version2[..<12]) + [0x20, 0, 0, 0]).byteCount == 16)
  }

  @Test("every proper prefix is truncated", arguments: [version1, Array(version2[..<16])])
  func reportsTruncation(header: [UInt8]) {
    for length in 0..<header.count {
      #expect {
        try parse(Array(header.prefix(length)))
      } throws: { error in
        if case WireError.truncated = error { true } else { false }
      }
    }
  }

  @Test("bad fields", arguments: badFields)
  func refusesBadFields(bytes: [UInt8], error: WireError) {
    #expect(throws: error) { try parse(bytes) }
  }
}
