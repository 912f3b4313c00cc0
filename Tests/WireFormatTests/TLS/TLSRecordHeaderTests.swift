import Testing
import WireFormat

@Suite("TLS record header (RFC 8446, section 5.1)")
struct TLSRecordHeaderTests {
  /// A handshake record of 196 octets, as in RFC 8448, section 3.
  static let example: [UInt8] = [0x16, 0x03, 0x01, 0x00, 0xc4]

  private func parse(_ octets: [UInt8]) throws(WireError) -> TLSRecordHeader {
    var reader = ByteReader(octets.wire)
    return try TLSRecordHeader(parsing: &reader)
  }

  @Test func readsTheExample() throws {
    let header = try parse(Self.example)
    #expect(header.contentType == .handshake)
    #expect(header.legacyVersion == 0x0301)
    #expect(header.length == 196)
    #expect(header.recordByteCount == 201)
  }

  @Test("every proper prefix is truncated", arguments: 0..<example.count)
  func reportsTruncation(length: Int) {
    #expect(throws: WireError.truncated(offset: 0, needed: 5, available: length)) {
      try parse(Array(Self.example.prefix(length)))
    }
  }

  @Test(
    "bad fields",
    arguments: [
      ([19, 3, 3, 0, 1], WireError.invalid(.recordType, offset: 0)),
      ([25, 3, 3, 0, 1], .invalid(.recordType, offset: 0)),
      ([22, 2, 0, 0, 1], .invalid(.recordVersion, offset: 1)),
      ([22, 3, 5, 0, 1], .invalid(.recordVersion, offset: 1)),
      ([22, 3, 3, 0, 0], .invalid(.recordLength, offset: 3)),
      ([23, 3, 3, 0x48, 1], .invalid(.recordLength, offset: 3)),
    ])
  func throwsOnBadFields(octets: [UInt8], error: WireError) {
    #expect(throws: error) { try parse(octets) }
  }

  @Test func takesTheLimits() throws {
    #expect(try parse([23, 3, 3, 0x48, 0]).length == 18_432)
    #expect(try parse([23, 3, 0, 0, 0]).length == 0)
    #expect(try parse([20, 3, 4, 0, 1]).contentType == .changeCipherSpec)
  }

  @Test func tellsWhereAHeaderCanStand() {
    let octets: [UInt8] = [0xff, 0xff] + Self.example
    let offsets = [2, 0, 3, -1, .max]
    let answers = offsets.map { TLSRecordHeader.canStand(at: $0, in: octets.wire) }
    #expect(answers == [true, false, false, false, false])
  }

  @Test func offsetsCountFromTheStartOfTheSpan() throws {
    let octets: [UInt8] = [0, 0, 9, 3, 3, 0, 1]
    #expect(throws: WireError.invalid(.recordType, offset: 2)) {
      var reader = ByteReader(octets.wire)
      try reader.skip(2)
      _ = try TLSRecordHeader(parsing: &reader)
    }
  }
}
