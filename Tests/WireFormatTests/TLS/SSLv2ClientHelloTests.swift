import Testing
import WireFormat

@Suite("ClientHello in the form of SSL 2.0 (RFC 5246, appendix E.2)")
struct SSLv2ClientHelloTests {
  /// TLS 1.0 with three cipher specifications, one of SSL 2.0 among them, as old OpenSSL sends it.
  static let example: [UInt8] =
    [0x80, 34, 1, 3, 1, 0, 9, 0, 0, 0, 16, 0, 0, 0x39, 0, 0, 0x35, 7, 0, 0xc0]
    + [UInt8](repeating: 0x5a, count: 16)

  private func parse(_ octets: [UInt8]) throws(WireError) -> SSLv2ClientHello {
    try SSLv2ClientHello(parsing: octets.wire)
  }

  private func begins(_ octets: [UInt8]) -> Bool { SSLv2ClientHello.begins(octets.wire) }

  @Test func readsTheExample() throws {
    let hello = try parse(Self.example + [22, 3, 1])
    #expect(hello.version == 0x0301)
    #expect(hello.cipherSpecCount == 3)
    #expect(hello.byteCount == Self.example.count)
    #expect(!hello.hasSessionID)
    let general = ClientHello(hello)
    #expect(general.legacyVersion == 0x0301 && general.isSSLv2 && general.serverName == nil)
    let fingerprint = JA4(general, in: Self.example.wire, .tcp)
    #expect(fingerprint == nil)
  }

  @Test(
    "every proper prefix is truncated, and begins as a hello does", arguments: 0..<example.count)
  func reportsTruncation(length: Int) {
    let prefix = Array(Self.example.prefix(length))
    #expect { try parse(prefix) } throws: { ($0 as? WireError)?.isTruncated == true }
    #expect(begins(prefix) == (length >= 11))
  }

  /// Offset, the octet put there, and the error.
  @Test(
    "bad fields",
    arguments: [
      (0, 0, WireError.invalid(.recordLength, offset: 0)),
      (1, 35, .invalid(.recordLength, offset: 0)),
      (2, 2, .invalid(.handshakeType, offset: 2)),
      (3, 2, .invalid(.recordVersion, offset: 3)),
      (4, 4, .invalid(.recordVersion, offset: 3)),
      (6, 0, .invalid(.sslv2Length, offset: 5)),
      (6, 10, .invalid(.sslv2Length, offset: 5)),
      (8, 33, .invalid(.sslv2Length, offset: 7)),
      (10, 15, .invalid(.sslv2Length, offset: 9)),
      (10, 33, .invalid(.sslv2Length, offset: 9)),
    ] as [(Int, UInt8, WireError)])
  func throwsOnBadFields(offset: Int, octet: UInt8, error: WireError) {
    var octets = Self.example
    octets[offset] = octet
    #expect(throws: error) { try parse(octets) }
    #expect(!begins(octets))
  }

  @Test func neverTrapsOnMutatedHellos() {
    ParserSamples.sweep(Self.example) { _ = try? parse($0) }
  }
}
