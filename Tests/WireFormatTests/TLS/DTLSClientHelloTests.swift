import Testing
import WireFormat

@Suite("DTLS ClientHello (RFC 6347, section 4.2)")
struct DTLSClientHelloTests {
  /// A DTLS 1.2 hello for `dtls.test` with a cookie of four octets.
  static let example: [UInt8] = {
    let name = ParserSamples.vector16([0] + ParserSamples.vector16(Array("dtls.test".utf8)))
    let body =
      [0xfe, 0xfd] + [UInt8](repeating: 1, count: 32) + [0, 4, 0xaa, 0xbb, 0xcc, 0xdd]
      + [0, 2, 0xc0, 0x2b, 1, 0]
      + ParserSamples.vector16([0, 0] + ParserSamples.vector16(name))
    let length: [UInt8] = [0] + ParserSamples.vector16(body).prefix(2)
    let message = [1] + length + [0, 1] + [0, 0, 0] + length + body
    return [22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 1] + ParserSamples.vector16(message)
  }()

  private func parse(_ octets: [UInt8]) throws(WireError) -> DTLSClientHello {
    try DTLSClientHello(parsing: octets.wire)
  }

  @Test func readsTheExample() throws {
    let dtls = try parse(Self.example)
    #expect(dtls.recordVersion == 0xfeff)
    #expect(dtls.hello.legacyVersion == 0xfefd)
    #expect(dtls.hello.cipherSuiteCount == 1)
    #expect(!dtls.hello.isTruncated)
    #expect(dtls.hello.serverName.map { Self.example.wire.lowercasedText($0) } == "dtls.test")
  }

  @Test("a first fragment gives what it has")
  func readsAFirstFragment() throws {
    var octets = Self.example
    octets[16] &+= 40  // The message is longer than its first fragment.
    let dtls = try parse(octets)
    #expect(dtls.hello.isTruncated)
    #expect(dtls.hello.serverName != nil)
  }

  @Test("every proper prefix is truncated", arguments: 0..<example.count)
  func reportsTruncation(length: Int) {
    let prefix = Array(Self.example.prefix(length))
    #expect { try parse(prefix) } throws: { ($0 as? WireError)?.isTruncated == true }
  }

  /// Offset, the octet put there, and the error.
  @Test(
    "bad fields",
    arguments: [
      (0, 23, WireError.invalid(.recordType, offset: 0)),
      (1, 0x03, .invalid(.recordVersion, offset: 1)),
      (4, 1, .invalid(.recordType, offset: 3)),
      (11, 0xff, .invalid(.recordLength, offset: 11)),
      (13, 2, .invalid(.handshakeType, offset: 13)),
      (21, 1, .invalid(.handshakeLength, offset: 19)),
      (22, 1, .invalid(.handshakeLength, offset: 19)),
    ] as [(Int, UInt8, WireError)])
  func throwsOnBadFields(offset: Int, octet: UInt8, error: WireError) {
    var octets = Self.example
    octets[offset] = octet
    #expect(throws: error) { try parse(octets) }
  }

  @Test func neverTrapsOnMutatedHellos() {
    ParserSamples.sweep(Self.example) { _ = try? parse($0) }
  }
}
