import Testing
import WireFormat

@Suite("encrypted_client_hello (RFC 9849, section 5)")
struct EncryptedClientHelloTests {
  /// Outer: HKDF-SHA256, AES-128-GCM, configuration 0xd8, a key of four octets, a payload of six.
  static let outer = ParserSamples.octets("00 0001 0001 d8 0004 01020304 0006 aabbccddeeff")

  private func parse(_ octets: [UInt8]) throws(WireError) -> EncryptedClientHello {
    var reader = ByteReader(octets.wire)
    return try EncryptedClientHello(parsing: &reader)
  }

  @Test func readsTheOuterForm() throws {
    let hello = try #require(try parse(Self.outer).outer)
    #expect(hello.keyDerivation == 1 && hello.authenticatedEncryption == 1)
    #expect(hello.configID == 0xd8)
    #expect(hello.encapsulatedKeyByteCount == 4 && hello.payloadByteCount == 6)
  }

  @Test func readsTheInnerForm() throws { #expect(try parse([1]) == .inner) }

  @Test("after a HelloRetryRequest the key is empty")
  func readsAnEmptyKey() throws {
    let octets = ParserSamples.octets("00 0001 0003 07 0000 0001 aa")
    let outer = try #require(try parse(octets).outer)
    #expect(outer.encapsulatedKeyByteCount == 0 && outer.configID == 7)
  }

  @Test("every proper prefix is truncated, wherever it is cut", arguments: 0..<outer.count)
  func reportsTruncation(length: Int) {
    let prefix = Array(Self.outer.prefix(length))
    #expect { try parse(prefix) } throws: { ($0 as? WireError)?.isTruncated == true }
  }

  @Test(
    "bad fields",
    arguments: [
      ("02", 0), ("01 00", 1), ("00 0001 0001 d8 0000 0000", 8),
      ("00 0001 0001 d8 0000 0001 aa bb", 11),
    ])
  func throwsOnBadFields(octets: String, offset: Int) {
    #expect(throws: WireError.invalid(.echHello, offset: offset)) {
      try parse(ParserSamples.octets(octets))
    }
  }

  @Test("a hello tells it, and an unreadable one is noted")
  func isReadFromHellos() throws {
    let read = { (content: [UInt8]) throws(WireError) in
      try ClientHello(parsing: ClientHelloTests.hello([(0xfe0d, content)]).wire)
    }
    #expect(try read([1]).encryptedClientHello == .inner)
    let odd = try read([7])
    #expect(odd.hasEncryptedClientHello && odd.encryptedClientHello == nil)
  }

  @Test func neverTrapsOnMutatedExtensions() {
    ParserSamples.sweep(Self.outer) { _ = try? parse($0) }
  }
}

@Suite("ECHConfigList (RFC 9849, section 4)")
struct ECHConfigListTests {
  /// A configuration of a later version, then one of 0xfe0d: identifier 0x2a, X25519, a key of four
  /// octets, one cipher suite, names up to 64 octets, `public.example`, no extensions.
  static let example =
    ParserSamples.octets(
      """
      0029
      fe99 0003 010203
      fe0d 001e 2a 0020 0004 0a0b0c0d 0004 00010001 40 0e 7075626c69632e6578616d706c65
      """) + [0, 0]

  struct Read: Equatable {
    var identifiers: [UInt8] = []
    var names: [String] = []
    var error: WireError?
  }

  static func read(_ octets: [UInt8]) -> Read {
    var all = Read()
    do throws(WireError) {
      var list = try ECHConfigList(parsing: ByteReader(octets.wire))
      while let config = try list.next() {
        all.identifiers.append(config.configID)
        all.names.append(octets.wire.lowercasedText(config.publicName))
      }
    } catch {
      all.error = error
    }
    return all
  }

  @Test("configurations of other versions are passed over")
  func readsTheExample() {
    #expect(Self.read(Self.fixed()) == Read(identifiers: [0x2a], names: ["public.example"]))
  }

  /// The example with its lengths set: the list, and the second configuration.
  static func fixed() -> [UInt8] {
    var octets = example
    octets[1] = UInt8(octets.count - 2)
    octets[12] = UInt8(octets.count - 13)
    return octets
  }

  @Test("every proper prefix is truncated")
  func reportsTruncation() {
    let whole = Self.fixed()
    for length in 0..<whole.count {
      #expect(Self.read(Array(whole.prefix(length))).error?.isTruncated == true)
    }
  }

  /// Offset, the octet put there, and where the error is.
  @Test(
    "bad fields",
    arguments: [(17, 0, 16), (23, 3, 22), (23, 6, 22), (29, 0, 29)] as [(Int, UInt8, Int)])
  func throwsOnBadFields(place: Int, octet: UInt8, offset: Int) {
    var octets = Self.fixed()
    octets[place] = octet
    #expect(Self.read(octets).error == .invalid(.echConfig, offset: offset))
  }

  @Test func neverTrapsOnMutatedLists() {
    ParserSamples.sweep(Self.fixed()) { octets in
      #expect(Self.read(octets).names.allSatisfy { !$0.isEmpty })
    }
  }
}

extension EncryptedClientHello {
  fileprivate var outer: Outer? {
    if case .outer(let outer) = self { outer } else { nil }
  }
}
