import Testing
import WireFormat

@Suite("ClientHello (RFC 8446, section 4.1.2)")
struct ClientHelloTests {
  /// The client's first message of RFC 8448, section 3: server_name `server`, three cipher suites,
  /// TLS 1.3 only.
  static let rfc8448 = ParserSamples.octets(
    """
    010000c0 0303cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7 00 0006130113031302
    0100 0091 0000000b0009000006736572766572 ff01000100 000a00140012001d0017001800190100010101020103
    0104 00230000 003300260024001d002099381de560e4bd43d23d8e435a7dbafeb3c06e51c13cae4d5413691e529aaf
    2c 002b0003020304 000d0020001e040305030603020308040805080604010501060102010402050206020202
    002d00020101 001c00024001
    """)

  /// A hello with the given extensions and two cipher suites.
  static func hello(_ extensions: [(UInt16, [UInt8])], sessionID: [UInt8] = []) -> [UInt8] {
    let list = extensions.flatMap { type, content in
      [UInt8(type >> 8), UInt8(type & 255)] + ParserSamples.vector16(content)
    }
    let body =
      [3, 3] + [UInt8](repeating: 7, count: 32) + ParserSamples.vector8(sessionID)
      + [0, 4, 0x13, 1, 0xc0, 0x2f, 1, 0] + ParserSamples.vector16(list)
    let length = [16, 8, 0].map { UInt8(truncatingIfNeeded: body.count >> $0) }
    return [1] + length + body
  }

  static func serverName(_ name: String) -> (UInt16, [UInt8]) {
    (0, ParserSamples.vector16([0] + ParserSamples.vector16(Array(name.utf8))))
  }

  static func applicationProtocols(_ names: String...) -> (UInt16, [UInt8]) {
    (16, ParserSamples.vector16(names.flatMap { ParserSamples.vector8(Array($0.utf8)) }))
  }

  private func parse(_ octets: [UInt8]) throws(WireError) -> ClientHello {
    try ClientHello(parsing: octets.wire)
  }

  @Test func readsTheExampleOfRFC8448() throws {
    let hello = try parse(Self.rfc8448)
    #expect(hello.serverName.map { Self.rfc8448.wire.lowercasedText($0) } == "server")
    #expect(hello.legacyVersion == 0x0303)
    #expect(hello.cipherSuiteCount == 3)
    #expect(hello.supportsTLS13)
    #expect(hello.applicationProtocols == [])
    #expect(!hello.isQUIC && !hello.hasEncryptedClientHello && !hello.isTruncated)
  }

  @Test("every proper prefix is truncated, wherever it is cut", arguments: 0..<rfc8448.count)
  func reportsTruncation(length: Int) {
    let prefix = Array(Self.rfc8448.prefix(length))
    #expect { try parse(prefix) } throws: { ($0 as? WireError)?.isTruncated == true }
  }

  @Test("a prefix gives the name once the name is whole", arguments: 4..<rfc8448.count)
  func readsAPrefix(length: Int) throws {
    let prefix = Array(Self.rfc8448.prefix(length))
    let hello = try ClientHello(parsingPrefix: prefix.wire)
    #expect(hello.isTruncated)
    // Up to the extensions 51, their first header 4, list and name lengths 5, name 6.
    #expect((hello.serverName != nil) == (length >= 66))
  }

  @Test func namesStayAsTheyWereSent() throws {
    for name in [
      "API.Example.COM", "example.com.", "192.0.2.1", "2001:db8::1", "server4:443", "_x",
      "a name", "bücher.example", "xn--bcher-kva.example", "日本.example", "a\"b\\c", "😀.example",
    ] {
      let octets = Self.hello([Self.serverName(name)])
      let range = try #require(try parse(octets).serverName)
      #expect(String(decoding: octets[range], as: UTF8.self) == name)
      #expect(octets.wire.lowercasedText(range) == name.lowercased())
    }
  }

  @Test("of several names the first counts, and the others are kept")
  func readsFurtherNames() throws {
    func entry(_ name: String, type: UInt8 = 0) -> [UInt8] {
      [type] + ParserSamples.vector16(Array(name.utf8))
    }
    let list = entry("x", type: 9) + entry("a.example") + entry("b.example") + entry("c", type: 1)
    let octets = Self.hello([(0, ParserSamples.vector16(list + entry("c.example")))])
    let hello = try parse(octets)
    #expect(hello.serverName.map { octets.wire.lowercasedText($0) } == "a.example")
    #expect(
      hello.furtherServerNames.map { octets.wire.lowercasedText($0) } == ["b.example", "c.example"])
    let many = (0..<100).flatMap { entry("\($0).example") }
    let bounded = try parse(Self.hello([(0, ParserSamples.vector16(many))]))
    #expect(bounded.furtherServerNames.count == 7)
  }

  @Test(
    "an address is told from a name",
    arguments: [
      ("192.0.2.1", true), ("2001:db8::1", true), ("[2001:db8::1]", true), ("::", true),
      ("192.0.2", false), ("192.0.2.256", false), ("1.2.3.4.example", false), ("abc", false),
      ("feed", false), ("192.0.2.1:443", false), ("[192.0.2.1", false), ("", false),
    ])
  func tellsAddresses(text: String, isAddress: Bool) {
    let octets = Array(text.utf8)
    let isLiteral = octets.wire.isAddressLiteral
    #expect(isLiteral == isAddress)
  }

  @Test("how a session is resumed")
  func readsResumption() throws {
    #expect(try parse(Self.hello([(35, [])])).resumption == [])
    #expect(try parse(Self.hello([], sessionID: [1])).resumption == .sessionID)
    let all = Self.hello([(35, [1]), (42, []), (41, [0, 0])], sessionID: [1])
    #expect(try parse(all).resumption == [.sessionID, .ticket, .preSharedKey, .earlyData])
  }

  @Test("as many extensions as a hello can hold are read once each")
  func readsManyExtensions() throws {
    // Four octets each: no more fit into a list of 65,535 octets. The name comes last.
    let fill = (0..<16_378).map { (UInt16(0x8000 + $0), [UInt8]()) }
    let hello = try parse(Self.hello(fill + [Self.serverName("a.example")]))
    #expect(hello.serverName != nil)
    #expect(hello.extensions.count == 16_378 * 4 + 18)
  }

  @Test("an odd server_name is noted, and the hello stands")
  func notesOddServerNames() throws {
    let cases: [([UInt8], WireError)] = [
      // Offsets: header 4, body up to extensions 46, extension header 4: content begins at 54 - 4.
      ([], .truncated(offset: 53, needed: 2, available: 0)),
      ([0, 0], .truncated(offset: 55, needed: 1, available: 0)),
      ([0, 3, 0, 0, 0], .invalid(.serverNameLength, offset: 56)),
      ([0, 4, 1, 0, 1, 97], .invalid(.serverNameType, offset: 55)),
      // A control character, DEL, an overlong form, a surrogate, a C1 control, half a character.
      ([0, 5, 0, 0, 2, 97, 0x1b], .invalid(.serverNameOctet, offset: 59)),
      ([0, 5, 0, 0, 2, 0x7f, 97], .invalid(.serverNameOctet, offset: 58)),
      ([0, 5, 0, 0, 2, 0xc0, 0x80], .invalid(.serverNameOctet, offset: 58)),
      ([0, 6, 0, 0, 3, 0xed, 0xa0, 0x80], .invalid(.serverNameOctet, offset: 58)),
      ([0, 5, 0, 0, 2, 0xc2, 0x9b], .invalid(.serverNameOctet, offset: 58)),
      ([0, 5, 0, 0, 2, 97, 0xc3], .invalid(.serverNameOctet, offset: 59)),
      ([0, 9, 0, 0, 1, 97], .truncated(offset: 55, needed: 9, available: 4)),
      ([0, 4, 0, 0, 2, 97], .truncated(offset: 58, needed: 2, available: 1)),
      (
        ParserSamples.vector16([0] + ParserSamples.vector16([UInt8](repeating: 97, count: 256))),
        .invalid(.serverNameLength, offset: 56)
      ),
    ]
    for (content, error) in cases {
      let hello = try parse(Self.hello([(0, content), Self.applicationProtocols("h2")]))
      #expect(hello.serverName == nil)
      #expect(hello.serverNameError == error)
      #expect(hello.applicationProtocols == .http2)
    }
  }

  @Test func aNameOfAnotherTypeIsPassedOver() throws {
    let octets = Self.hello([(0, [0, 10, 9, 0, 2, 1, 2, 0, 0, 2, 97, 98])])
    #expect(try parse(octets).serverName.map { octets.wire.lowercasedText($0) } == "ab")
  }

  @Test func ofTwoServerNamesTheFirstCounts() throws {
    let octets = Self.hello([Self.serverName("first.test"), Self.serverName("second.test")])
    #expect(try parse(octets).serverName.map { octets.wire.lowercasedText($0) } == "first.test")
  }

  @Test func readsApplicationProtocols() throws {
    let cases: [([String], ApplicationProtocols)] = [
      (["h2", "http/1.1"], [.http2, .http1]),
      (["h3"], .http3), (["h3-29", "h3"], .http3), (["hq-interop"], .other),
      (["dot"], .dnsOverTLS), (["doq"], .dnsOverQUIC), (["\u{a}\u{a}", "h2"], [.other, .http2]),
      (["H2"], .other), (["http/1.0"], .http1),
    ]
    for (names, expected) in cases {
      let content = ParserSamples.vector16(names.flatMap { ParserSamples.vector8(Array($0.utf8)) })
      let octets = Self.hello([(16, content)])
      let hello = try parse(octets)
      #expect(hello.applicationProtocols == expected)
      let first = try #require(hello.firstApplicationProtocol)
      #expect(String(decoding: octets[first], as: UTF8.self) == names[0])
    }
  }

  @Test func keepsTheProtocolsBeforeACut() throws {
    let hello = try parse(Self.hello([(16, [0, 5, 2, 0x68, 0x32, 9, 0x68])]))
    #expect(hello.applicationProtocols == .http2)
  }

  @Test func tellsQUICAndEncryptedHellos() throws {
    #expect(try parse(Self.hello([(57, [1, 2])])).isQUIC)
    #expect(try parse(Self.hello([(0xffa5, [])])).isQUIC)
    #expect(try parse(Self.hello([(0xfe0d, [0])])).hasEncryptedClientHello)
  }

  @Test("TLS 1.3 is what supported_versions says, GREASE aside")
  func readsSupportedVersions() throws {
    #expect(try parse(Self.hello([(43, [4, 0x1a, 0x1a, 3, 4])])).supportsTLS13)
    #expect(try parse(Self.hello([(43, [2, 0x7f, 0x1c])])).supportsTLS13)
    #expect(try !parse(Self.hello([(43, [4, 0x1a, 0x1a, 3, 3])])).supportsTLS13)
    #expect(try !parse(Self.hello([(43, [])])).supportsTLS13)
  }

  @Test func helloWithoutExtensionsIsRead() throws {
    let body: [UInt8] = [3, 1] + [UInt8](repeating: 0, count: 32) + [0, 0, 2, 0, 0x35, 1, 0]
    let hello = try parse([1, 0] + ParserSamples.vector16(body))
    #expect(hello.cipherSuiteCount == 1)
    #expect(hello.serverName == nil && hello.serverNameError == nil)
  }

  @Test func octetsAfterTheMessageAreLeftUnread() throws {
    #expect(try parse(Self.rfc8448 + [0xff, 0xff]) == parse(Self.rfc8448))
  }

  @Test func tellsItsLengthFromFourOctets() throws {
    #expect(try ClientHello.announcedByteCount([UInt8]([1, 0, 0]).wire) == nil)
    #expect(try ClientHello.announcedByteCount([UInt8]().wire) == nil)
    #expect(try ClientHello.announcedByteCount([UInt8]([1, 0, 1, 2]).wire) == 262)
    #expect(throws: WireError.invalid(.handshakeType, offset: 0)) {
      try ClientHello.announcedByteCount([UInt8]([2]).wire)
    }
    #expect(throws: WireError.invalid(.handshakeLength, offset: 1)) {
      try ClientHello.announcedByteCount([UInt8]([1, 2, 1, 0x45]).wire)
    }
  }

  @Test(
    "bad fields",
    arguments: [
      ([2, 0, 0, 0], WireError.invalid(.handshakeType, offset: 0)),
      ([1, 0xff, 0xff, 0xff], .invalid(.handshakeLength, offset: 1)),
      ([1, 0, 0, 1, 3], .truncated(offset: 4, needed: 2, available: 1)),
    ])
  func throwsOnBadFields(octets: [UInt8], error: WireError) {
    #expect(throws: error) { try parse(octets) }
  }

  @Test("an extension past the end of the message is truncated, also for a prefix of all of it")
  func boundsExtensions() {
    var octets = Self.hello([(99, [1, 2])])
    octets[octets.count - 3] = 9
    #expect(throws: WireError.truncated(offset: 53, needed: 9, available: 2)) {
      try parse(octets)
    }
    #expect(throws: WireError.truncated(offset: 53, needed: 9, available: 2)) {
      try ClientHello(parsingPrefix: octets.wire)
    }
  }

  @Test func neverTrapsOnMutatedHellos() {
    ParserSamples.sweep(Self.rfc8448) { octets in
      for hello in [
        try? ClientHello(parsing: octets.wire), try? ClientHello(parsingPrefix: octets.wire),
      ] {
        if let range = hello?.serverName { #expect(range.upperBound <= octets.count) }
      }
    }
  }
}
