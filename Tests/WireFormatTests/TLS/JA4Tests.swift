import Testing
import WireFormat

@Suite("JA4 of a client")
struct JA4Tests {
  private func fingerprint(
    _ message: [UInt8], _ transport: JA4.Transport = .tcp
  ) throws -> String? {
    JA4(try ClientHello(parsing: message.wire), in: message.wire, transport)?.text
  }

  static func words(_ type: UInt16, _ prefix: [UInt8], _ values: [UInt16]) -> (UInt16, [UInt8]) {
    (type, prefix + values.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] })
  }

  /// A hello with the lists of the specification's example, GREASE among them and out of order.
  static let specification: [UInt8] = {
    let suites: [UInt16] = [
      0x8a8a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013,
      0xc014,
      0x009c, 0x009d, 0x002f, 0x0035,
    ]
    let algorithms: [UInt16] = [
      0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601,
    ]
    let empty: [UInt16] = [0x0017, 0xff01, 0x000a, 0x000b, 0x0023]
    let more: [UInt16] = [0x0005, 0x0012, 0x0033, 0x002d, 0x001b, 0x4469, 0x1a1a, 0x0015]
    let extensions =
      [(0x2a2a, []), ClientHelloTests.serverName("example.com")] + empty.map { ($0, []) }
      + [ClientHelloTests.applicationProtocols("h2", "http/1.1"), words(13, [0, 16], algorithms)]
      + [words(43, [6], [0x3a3a, 0x0304, 0x0303])] + more.map { ($0, []) }
    return hello(suites, extensions)
  }()

  static func hello(_ suites: [UInt16], _ extensions: [(UInt16, [UInt8])]) -> [UInt8] {
    let list = extensions.flatMap { words($0, ParserSamples.vector16($1), []).1.withType($0) }
    let body =
      [3, 3] + [UInt8](repeating: 7, count: 32) + [0]
      + ParserSamples.vector16(words(0, [], suites).1) + [1, 0] + ParserSamples.vector16(list)
    return [1, 0] + ParserSamples.vector16(body)
  }

  @Test("the lists of the specification give its fingerprint")
  func readsTheSpecification() throws {
    #expect(try fingerprint(Self.specification) == "t13d1516h2_8daaf6152771_e5627efa2ab1")
    #expect(try fingerprint(Self.specification, .quic)?.first == "q")
    #expect(try fingerprint(Self.specification, .dtls)?.first == "d")
  }

  /// The hashes are SHA-256 of `1301,1302,1303` and of the hello's extensions and algorithms, by hand.
  @Test("the hello of RFC 8448")
  func readsRFC8448() throws {
    #expect(try fingerprint(ClientHelloTests.rfc8448) == "t13d030900_55b375c5d22e_59cd3dafc54d")
  }

  @Test("nothing hashes to zeros, and without a name it is an address")
  func readsTheSmallest() throws {
    #expect(try fingerprint(Self.hello([0x0a0a], [])) == "t12i000000_000000000000_000000000000")
    #expect(
      try fingerprint(Self.hello([0x1301], [Self.words(43, [2], [0x0304])]))
        == "t13i010100_0f2cb44170f4_b9a491fefe05")
  }

  @Test(
    "the first protocol's ends, in hexadecimal where they are no letters or digits",
    arguments: [
      ("h2", "h2"), ("h", "hh"), ("http/1.1", "h1"), ("h3-29", "h9"), ("\u{1}", "01"),
      ("\u{b}\u{d}", "0d"), ("a-", "6d"), ("-a", "21"), ("\u{e9}", "c9"),
    ])
  func readsProtocols(text: String, ends: String) throws {
    let message = Self.hello([0x1301], [ClientHelloTests.applicationProtocols(text, "x1")])
    #expect(try fingerprint(message)?.prefix(10) == "t12i0101\(ends)")
  }

  @Test("more than 99 of a kind are 99")
  func capsCounts() throws {
    let suites = (0..<300).map { UInt16(0x1000 + $0) }
    let extensions = (0..<200).map { (UInt16(0x4000 + $0), [UInt8]()) }
    #expect(try fingerprint(Self.hello(suites, extensions))?.prefix(8) == "t12i9999")
  }

  @Test(
    "versions, the newest of a list",
    arguments: [
      ([0x0301, 0x0302], "11"), ([0x0304, 0x0303], "13"), ([0xfeff, 0xfefc, 0xfefd], "d3"),
      ([0xfeff, 0xfefd], "d2"), ([0x0a0a], "12"), ([0x7f1c], "00"),
    ] as [([UInt16], String)])
  func readsVersions(versions: [UInt16], text: String) throws {
    let list = Self.words(43, [UInt8(2 * versions.count)], versions)
    #expect(try fingerprint(Self.hello([0x1301], [list]))?.dropFirst().prefix(2) == text[...])
  }

  @Test("a hello that is cut has none")
  func needsAWholeHello() throws {
    let cut = Array(Self.specification.dropLast(3))
    let hello = try ClientHello(parsingPrefix: cut.wire)
    let fingerprint = JA4(hello, in: cut.wire, .tcp)
    #expect(fingerprint == nil)
  }

  @Test("what else a hello says")
  func readsFacts() throws {
    let hello = try ClientHello(parsing: Self.specification.wire)
    let facts = HelloFacts(hello, in: Self.specification.wire, .tcp)
    #expect(facts.versionName == "TLS 1.3")
    #expect(facts.applicationProtocols == ["h2", "http/1.1"])
    #expect(facts.ja4 == "t13d1516h2_8daaf6152771_e5627efa2ab1")
  }
}

extension [UInt8] {
  /// These octets with an extension's type before them.
  fileprivate func withType(_ type: UInt16) -> [UInt8] {
    [UInt8(type >> 8), UInt8(type & 255)] + self
  }
}
