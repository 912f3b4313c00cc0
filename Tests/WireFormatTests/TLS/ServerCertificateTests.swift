import Testing
import WireFormat

@Suite("Certificate message of TLS 1.2 (RFC 5246, section 7.4.2)")
struct ServerCertificateTests {
  /// Two certificates, of three octets and of two.
  static let example: [UInt8] = [
    11, 0, 0, 14, 0, 0, 11, 0, 0, 3, 0xaa, 0xbb, 0xcc, 0, 0, 2, 0xdd, 0xee,
  ]

  private func parse(_ octets: [UInt8], at offset: Int = 0) throws(WireError) -> Range<Int> {
    try ServerCertificate(parsing: octets.wire, at: offset).range
  }

  @Test("the first certificate is found, wherever the message stands")
  func findsTheFirst() throws {
    #expect(try parse(Self.example) == 10..<13)
    #expect(try parse([2, 0, 0, 0] + Self.example, at: 4) == 14..<17)
    // The second need not be there.
    #expect(try parse(Array(Self.example.prefix(13))) == 10..<13)
  }

  @Test("every prefix that lacks some of the first certificate is truncated", arguments: 0..<13)
  func reportsTruncation(length: Int) {
    #expect {
      try parse(Array(Self.example.prefix(length)))
    } throws: {
      ($0 as? WireError)?.isTruncated == true
    }
  }

  /// Offset, the octet put there, and the error.
  @Test(
    "lengths that do not fit into each other are told",
    arguments: [
      (0, 12, WireError.invalid(.handshakeType, offset: 0)),
      (3, 13, .invalid(.certificateLength, offset: 4)),
      (3, 2, .invalid(.certificateLength, offset: 4)),
      (6, 3, .invalid(.certificateLength, offset: 4)),
      (6, 0, .invalid(.certificateLength, offset: 4)),
      (9, 0, .invalid(.certificateLength, offset: 7)),
      (9, 9, .invalid(.certificateLength, offset: 7)),
      (4, 0xff, .invalid(.certificateLength, offset: 4)),
      (7, 0xff, .invalid(.certificateLength, offset: 7)),
    ] as [(Int, UInt8, WireError)])
  func throwsOnBadFields(offset: Int, octet: UInt8, error: WireError) {
    var octets = Self.example
    octets[offset] = octet
    #expect(throws: error) { try parse(octets) }
  }

  @Test("a certificate past the limit is refused before it has come")
  func boundsCertificates() {
    let header: [UInt8] = [11, 1, 0, 10, 1, 0, 7, 1, 0, 1]
    #expect(throws: WireError.invalid(.certificateLength, offset: 7)) { try parse(header) }
  }
}
