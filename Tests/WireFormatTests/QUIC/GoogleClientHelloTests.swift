import Testing
import WireFormat

@Suite("The hello of Google's QUIC Crypto")
struct GoogleClientHelloTests {
  private func parse(_ octets: [UInt8]) throws(WireError) -> GoogleClientHello {
    try GoogleClientHello(parsing: octets.wire)
  }

  private func name(_ octets: [UInt8]) throws(WireError) -> String? {
    try parse(octets).serverName.map { String(decoding: octets[$0], as: UTF8.self) }
  }

  @Test func readsTheName() throws {
    #expect(try name(GoogleSample.chlo) == "www.Example.com")
    #expect(try parse(GoogleSample.chlo + [9, 9]).byteCount == GoogleSample.chlo.count)
  }

  @Test("without a name, or with an empty one, it is a hello without a name")
  func readsNamelessHellos() throws {
    #expect(try name(GoogleSample.hello([("PAD", [0x2d]), ("VER", [1, 2, 3, 4])])) == nil)
    #expect(try name(GoogleSample.hello([("SNI", []), ("VER", [1, 2, 3, 4])])) == nil)
    // Tags of no octets around it do not move it.
    let sparse = GoogleSample.hello([("PAD", []), ("SNI", Array("a.b".utf8)), ("VER", [])])
    #expect(try name(sparse) == "a.b")
  }

  @Test("every proper prefix is truncated", arguments: 0..<GoogleSample.chlo.count)
  func reportsTruncation(length: Int) {
    #expect { try parse(Array(GoogleSample.chlo.prefix(length))) } throws: {
      ($0 as? WireError)?.isTruncated == true
    }
  }

  @Test("bad fields")
  func throwsOnBadFields() {
    func hello(_ values: [(tag: String, value: [UInt8])], _ ends: [Int]? = nil) -> [UInt8] {
      GoogleSample.hello(values, ends: ends)
    }
    let none: [UInt8] = Array("CHLO".utf8) + [0, 0, 0, 0]
    let many: [UInt8] = Array("CHLO".utf8) + [129, 0, 0, 0]
    let refusal: [UInt8] = Array("REJ".utf8) + [0, 1, 0, 0, 0]
    let long = [UInt8](repeating: 97, count: 256)
    let cases: [([UInt8], WireError)] = [
      (refusal, .invalid(.handshakeType, offset: 0)),
      (none, .invalid(.extensionCount, offset: 4)),
      (many, .invalid(.extensionCount, offset: 4)),
      (hello([("VER", [1]), ("SNI", [97])]), .invalid(.googleTagOrder, offset: 16)),
      (hello([("SNI", [97]), ("SNI", [98])]), .invalid(.googleTagOrder, offset: 16)),
      // Ends that go back, one of 2^32 - 1, one just past the longest message.
      (hello([("PAD", [1, 2]), ("SNI", [97])], [2, 1]), .invalid(.handshakeLength, offset: 20)),
      (
        hello([("PAD", [1, 2]), ("SNI", [97])], [2, 0xffff_ffff]),
        .invalid(.handshakeLength, offset: 20)
      ),
      (hello([("SNI", [97])], [65_536 - 15]), .invalid(.handshakeLength, offset: 12)),
      (hello([("SNI", [97, 98])], [1_000]), .truncated(offset: 16, needed: 1_000, available: 2)),
      (hello([("SNI", [97, 0, 98])]), .invalid(.serverNameOctet, offset: 17)),
      (hello([("SNI", long)]), .invalid(.serverNameLength, offset: 12)),
    ]
    for (octets, error) in cases {
      #expect(throws: error) { try parse(octets) }
    }
  }

  @Test func neverTrapsOnMutatedHellos() {
    ParserSamples.sweep(GoogleSample.chlo) { _ = try? parse($0) }
  }
}
