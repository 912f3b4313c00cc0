import Testing
import WireFormat

@Suite("Domain names (RFC 1035, section 4.1.4; RFC 4343)")
struct DNSNameTests {
  /// Reads the name at `offset` of a message: twelve octets of header, then `octets`.
  private func read(
    _ octets: [UInt8], at offset: Int = 12
  ) throws(WireError) -> (text: String, end: Int) {
    let message = [UInt8](repeating: 0, count: 12) + octets
    var reader = ByteReader(message.wire)
    try reader.skip(offset)
    var name = DNSName()
    try name.read(&reader, in: message.wire)
    return (name.text, reader.offset)
  }

  private func labels(_ text: String...) -> [UInt8] {
    text.flatMap { ParserSamples.vector8(Array($0.utf8)) } + [0]
  }

  /// RFC 1035, section 4.1.4: F.ISI.ARPA, FOO and a pointer to it, a pointer to ARPA, the root.
  @Test func readsTheExampleOfRFC1035() throws {
    let octets = labels("F", "ISI", "ARPA") + [3, 0x46, 0x4f, 0x4f, 0xc0, 12, 0xc0, 18, 0]
    #expect(try read(octets) == ("f.isi.arpa", 24))
    #expect(try read(octets, at: 24) == ("foo.f.isi.arpa", 30))
    #expect(try read(octets, at: 30) == ("arpa", 32))
    #expect(try read(octets, at: 32) == ("", 33))
  }

  @Test("every proper prefix is truncated")
  func reportsTruncation() {
    let octets = labels("api", "example", "com")
    for length in 0..<octets.count {
      #expect { try read(Array(octets.prefix(length))) } throws: {
        ($0 as? WireError)?.isTruncated == true
      }
    }
    #expect(throws: WireError.truncated(offset: 13, needed: 1, available: 0)) { try read([0xc0]) }
  }

  @Test(
    "odd octets are escaped",
    arguments: [
      ([1, 0x2e], "\\."), ([1, 0x5c], "\\\\"), ([1, 0x20], "\\032"), ([2, 0, 0xff], "\\000\\255"),
      ([1, 0x7f], "\\127"), ([3, 0x5f, 0x2d, 0x2a], "_-*"),
    ] as [([UInt8], String)])
  func escapesOddOctets(label: [UInt8], text: String) throws {
    #expect(try read(label + [0]).text == text)
  }

  @Test("the longest name has 255 octets on the wire, 253 as text")
  func takesTheLongestName() throws {
    let label = String(repeating: "a", count: 63)
    let longest = labels(label, label, label, String(label.prefix(61)))
    #expect(longest.count == 255)
    #expect(try read(longest).text.utf8.count == 253)
    #expect(throws: WireError.invalid(.dnsNameLength, offset: 204)) {
      try read(labels(label, label, label, String(label.prefix(62))))
    }
  }

  @Test(
    "bad names",
    arguments: [
      ([0x40, 1, 0], WireError.invalid(.dnsLabel, offset: 12)),
      ([0x80, 1, 0], .invalid(.dnsLabel, offset: 12)),
      ([0xc0, 12], .invalid(.dnsPointer, offset: 12)),  // to itself
      ([0xc0, 14, 0], .invalid(.dnsPointer, offset: 12)),  // ahead
      ([1, 97, 0xc0, 12], .invalid(.dnsPointer, offset: 14)),  // to its own start
      ([0xc0, 0], .invalid(.dnsPointer, offset: 12)),  // into the header
    ] as [([UInt8], WireError)])
  func throwsOnBadNames(octets: [UInt8], error: WireError) {
    #expect(throws: error) { try read(octets) }
  }

  @Test("the longest text has 1,003 octets: every octet escaped")
  func takesTheLongestText() throws {
    let label = [63] + [UInt8](repeating: 0xff, count: 63)
    let longest = label + label + label + [61] + [UInt8](repeating: 0xff, count: 61) + [0]
    let text = try read(longest).text
    #expect(text.utf8.count == DNSName.maximumByteCount)
    #expect(text.hasPrefix("\\255\\255") && text.hasSuffix("\\255"))
  }

  @Test(
    "a host's name has two labels or more of letters, digits, hyphens and underscores",
    arguments: [
      ("a.b", true), ("_dns.example-1.com", true), ("a", false), ("", false), ("a b.c", false),
      ("a/b.c", false),
    ])
  func tellsHostNames(text: String, isHostLike: Bool) throws {
    let labels = text.split(separator: ".").map { ParserSamples.vector8(Array($0.utf8)) }
    let octets: [UInt8] = labels.flatMap { $0 } + [0]
    var reader = ByteReader(octets.wire)
    var name = DNSName()
    try name.read(&reader, in: octets.wire)
    #expect(name.isHostLike == isHostLike)
  }

  @Test("a chain of pointers ends at the 128th")
  func limitsPointers() throws {
    // A root at 12, then pointers at 13, 15, 17 …, each to the one before.
    var octets: [UInt8] = [0]
    for index in 0..<200 {
      let target = index == 0 ? 12 : 11 + 2 * index
      octets += [0xc0 | UInt8(target >> 8), UInt8(target & 255)]
    }
    #expect(try read(octets, at: 13 + 2 * 127).text == "")
    #expect(throws: WireError.invalid(.dnsPointer, offset: 13)) {
      try read(octets, at: 13 + 2 * 128)
    }
  }

  @Test func isTheRootAfterAnError() {
    var name = DNSName()
    let message: [UInt8] = [UInt8](repeating: 0, count: 12) + [1, 97, 0x80]
    var reader = ByteReader(message.wire)
    _ = try? reader.skip(12)
    _ = try? name.read(&reader, in: message.wire)
    #expect(name.isEmpty)
    #expect(reader.offset == 12)
  }
}
