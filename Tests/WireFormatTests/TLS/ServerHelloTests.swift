import Testing
import WireFormat

@Suite("ServerHello (RFC 8446, section 4.1.3)")
struct ServerHelloTests {
  /// The server's first message of RFC 8448, section 3: TLS 1.3 with TLS_AES_128_GCM_SHA256.
  static let rfc8448 = ParserSamples.octets(
    """
    02000056 0303a6af06a4121860dc5e6e60249cd34c95930c8ac5cb1434dac155772ed3e26928 00 1301 00 002e
    00330024001d0020c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f 002b00020304
    """)

  /// A TLS 1.2 server's choice of TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384 and `h2`.
  static let tls12: [UInt8] =
    [2, 0, 0, 49, 3, 3] + [UInt8](repeating: 5, count: 32)
    + [0, 0xc0, 0x28, 0, 0, 9, 0, 16, 0, 5, 0, 3, 2, 0x68, 0x32]

  private func parse(_ octets: [UInt8]) throws(WireError) -> ServerHello {
    try ServerHello(parsing: octets.wire)
  }

  @Test func readsTheExampleOfRFC8448() throws {
    let hello = try parse(Self.rfc8448)
    #expect(hello.version == 0x0304)
    #expect(hello.cipherSuite == 0x1301)
    #expect(!hello.isHelloRetryRequest)
    #expect(hello.applicationProtocol == [])
  }

  @Test func readsTheProtocolOfATLS12Server() throws {
    let hello = try parse(Self.tls12)
    #expect(hello.version == 0x0303)
    #expect(hello.cipherSuite == 0xc028)
    #expect(hello.applicationProtocol == .http2)
  }

  @Test func tellsAHelloRetryRequest() throws {
    var octets = Self.rfc8448
    octets.replaceSubrange(
      6..<38,
      with: ParserSamples.octets(
        "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"))
    #expect(try parse(octets).isHelloRetryRequest)
    octets[37] ^= 1
    #expect(try !parse(octets).isHelloRetryRequest)
  }

  @Test("every proper prefix is truncated", arguments: 0..<rfc8448.count)
  func reportsTruncation(length: Int) {
    let prefix = Array(Self.rfc8448.prefix(length))
    #expect { try parse(prefix) } throws: { ($0 as? WireError)?.isTruncated == true }
  }

  @Test func throwsOnBadFields() {
    #expect(throws: WireError.invalid(.handshakeType, offset: 0)) { try parse([1, 0, 0, 0]) }
    #expect(throws: WireError.invalid(.handshakeLength, offset: 1)) { try parse([2, 9, 0, 0]) }
    var octets = Self.rfc8448
    octets[octets.count - 3] = 1
    #expect(throws: WireError.truncated(offset: 88, needed: 2, available: 1)) { try parse(octets) }
  }

  @Test func neverTrapsOnMutatedHellos() {
    ParserSamples.sweep(Self.rfc8448) { _ = try? parse($0) }
  }
}
