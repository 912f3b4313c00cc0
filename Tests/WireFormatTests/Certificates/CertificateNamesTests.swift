import Testing
import WireFormat

@Suite("Names of a certificate (RFC 5280)")
struct CertificateNamesTests {
  /// Made by OpenSSL 3: `CN=api.example.com`; subjectAltName with two DNS names, two addresses and an email address.
  static let example = ParserSamples.octets(
    """
    3082020a308201b0a003020102021475511b55671f95353373b1b670bfc1360ce82c9d300a06082a8648ce3d04030230
    2c3110300e060355040a0c074578616d706c653118301606035504030c0f6170692e6578616d706c652e636f6d302017
    0d3236313132313037303635385a180f32313236313032383037303635385a302c3110300e060355040a0c074578616d
    706c653118301606035504030c0f6170692e6578616d706c652e636f6d3059301306072a8648ce3d020106082a8648ce
    3d030107034200049a110472c3111425b70a4c8ddda148dcb659d19b29eb25a28a5e93553e3bafc1e13baf58753ae805
    5a9c8933cbca3eba3e52aee8701bfc1c3f16f3055db0f698a381ad3081aa301d0603551d0e041604147e563a20ed7ac1
    22f8a75f07f3e79e0209a685de301f0603551d230418301680147e563a20ed7ac122f8a75f07f3e79e0209a685de300f
    0603551d130101ff040530030101ff30570603551d110450304e820f6170692e6578616d706c652e636f6d82142a2e4d
    6f64656c732e6578616d706c652e636f6d8704c000020a871020010db8000000000000000000000010810d6140657861
    6d706c652e636f6d300a06082a8648ce3d040302034800304502206cf2b6fa120e4401c73a72e01aeb9f3d1491cd3f11
    87d555f2a3462453472f9d022100f8e116f2a1a4404167dc34f5abddfba019591a05365178961aea8af79e518228
    """)

  /// An element with a length of one or two octets more than the short form needs.
  static func element(_ tag: UInt8, _ contents: [UInt8]) -> [UInt8] {
    if contents.count < 128 { return [tag, UInt8(contents.count)] + contents }
    return [tag, 0x82] + ParserSamples.vector16(contents)
  }

  static func sequence(_ contents: [UInt8]...) -> [UInt8] {
    element(0x30, Array(contents.joined()))
  }

  static func commonName(_ text: String) -> [UInt8] {
    sequence(element(0x31, sequence([6, 3, 0x55, 4, 3], element(12, Array(text.utf8)))))
  }

  static func alternativeNames(_ names: [UInt8]) -> [UInt8] {
    sequence([6, 3, 0x55, 0x1d, 0x11], [1, 1, 0xff], element(4, sequence(names)))
  }

  /// A certificate of version 3, or of version 1 without extensions.
  static func certificate(subject: [UInt8], extensions: [UInt8]? = nil) -> [UInt8] {
    let version = extensions == nil ? [] : element(0xa0, [2, 1, 2])
    let tail = extensions.map { element(0xa3, sequence($0)) } ?? []
    return sequence(
      sequence(version, [2, 1, 7], sequence(), sequence(), sequence(), subject, sequence(), tail),
      sequence(), [3, 1, 0])
  }

  static func dns(_ name: String) -> [UInt8] { element(0x82, Array(name.utf8)) }

  private func texts(_ der: [UInt8]) throws -> [String] {
    try CertificateNames(parsing: der.wire).names.map { name in
      switch name {
      case .host(let range): String(decoding: der[range], as: UTF8.self)
      case .address(let address): address.description
      }
    }
  }

  @Test("alternative names come in their order, the common name once")
  func readsTheExample() throws {
    #expect(
      try texts(Self.example) == [
        "api.example.com", "*.Models.example.com", "192.0.2.10", "2001:db8::10",
      ])
  }

  @Test("every proper prefix is truncated", arguments: 0..<example.count)
  func reportsTruncation(length: Int) {
    let prefix = Array(Self.example.prefix(length))
    #expect {
      try CertificateNames(parsing: prefix.wire)
    } throws: {
      ($0 as? WireError)?.isTruncated == true
    }
  }

  @Test("the last common name counts where it reads as a host name, also in version 1")
  func readsCommonNames() throws {
    let set = { (text: String) in
      Self.element(0x31, Self.sequence([6, 3, 0x55, 4, 3], Self.element(19, Array(text.utf8))))
    }
    let subject = Self.sequence(set("Example CA"), set("old.example.com"))
    #expect(try texts(Self.certificate(subject: subject)) == ["old.example.com"])
    for text in ["Example CA", "printer", "a@b.c", "*.", "*x.example.com", "", "b\u{fc}cher.de"] {
      #expect(try texts(Self.certificate(subject: Self.commonName(text))).isEmpty, "\(text)")
    }
  }

  @Test("a common name that no alternative name says comes after them")
  func addsTheCommonName() throws {
    let der = Self.certificate(
      subject: Self.commonName("Other.example.com"),
      extensions: Self.alternativeNames(Self.dns("a.example.com") + Self.dns("b.example.com")))
    #expect(try texts(der) == ["a.example.com", "b.example.com", "Other.example.com"])
  }

  @Test("what is no name is left out, what stands before damage kept")
  func leavesOddNames() throws {
    let names =
      Self.dns("good.example.com") + Self.dns("") + Self.dns("a b.example.com")
      + Self.dns("x\u{0}.example.com") + Self.dns("a.*.example.com")
      + Self.element(0x87, [1, 2, 3])
      + Self.dns(String(repeating: "a", count: 256)) + [0x82, 0x7f]
    let der = Self.certificate(subject: Self.sequence(), extensions: Self.alternativeNames(names))
    #expect(try texts(der) == ["good.example.com"])
  }

  @Test("a certificate with more names than are taken says so")
  func boundsNames() throws {
    let names = (0..<500).flatMap { Self.dns("\($0).example.com") }
    let der = Self.certificate(subject: Self.sequence(), extensions: Self.alternativeNames(names))
    let certificate = try CertificateNames(parsing: der.wire)
    #expect(certificate.names.count == CertificateNames.maximumCount)
    #expect(certificate.isCut)
  }

  /// What is put in place of the outermost octets, and the error.
  @Test(
    "what is no certificate is told",
    arguments: [
      ([0x31, 0], WireError.invalid(.derTag, offset: 0)),
      ([0x30, 0x80, 0, 0], .invalid(.derLength, offset: 1)),
      ([0x30, 0x85, 0, 0, 0, 0, 1], .invalid(.derLength, offset: 1)),
      ([0x3f, 0x81, 0], .invalid(.derTag, offset: 0)),
      ([0x30, 0], .truncated(offset: 2, needed: 1, available: 0)),
      (
        [0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
        .truncated(offset: 6, needed: 0xffff_ffff, available: 0)
      ),
    ] as [([UInt8], WireError)])
  func throwsOnBadFields(octets: [UInt8], error: WireError) {
    #expect(throws: error) { try CertificateNames(parsing: octets.wire) }
  }

  @Test("sequences nested ten thousand deep cost one step each at most")
  func passesOverNesting() {
    // Each level is opened by nobody: the reader sees one element.
    let bomb = [UInt8](repeating: 0x30, count: 20_000)
    var reader = DERReader(bomb.wire, 0..<bomb.count)
    var steps = 0
    while (try? reader.next()) != nil { steps += 1 }
    #expect(steps <= bomb.count / 2)
    let nested = (0..<5_000).reduce([UInt8]()) { inner, _ in
      inner.count < 60_000 ? Self.element(0x30, inner) : inner
    }
    #expect(throws: WireError.self) { try CertificateNames(parsing: nested.wire) }
  }

  @Test func neverTrapsOnMutatedCertificates() {
    ParserSamples.sweep(Self.example) { _ = try? CertificateNames(parsing: $0.wire) }
  }
}
