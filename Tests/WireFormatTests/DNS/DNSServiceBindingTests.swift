import Testing
import WireFormat

@Suite("SVCB and HTTPS records (RFC 9460)")
struct DNSServiceBindingTests {
  /// Answers to HTTPS questions about the root with the given RDATA.
  private func read(
    _ data: [UInt8]
  ) throws(WireError) -> (DNSServiceBinding, hints: [String]) {
    let message: [UInt8] =
      [0, 1, 0x81, 0x80, 0, 0, 0, 1, 0, 0, 0, 0] + [0, 0, 65, 0, 1, 0, 0, 0, 60]
      + ParserSamples.vector16(data)
    var reader = try DNSMessage(parsing: message.wire)
    var name = DNSName()
    guard let record = try reader.nextRecord(into: &name) else {
      throw .invalid(.dnsCount, offset: 0)
    }
    let binding = try reader.serviceBinding(of: record)
    let hints = (0..<8).flatMap { index in
      [reader.ipv4Hint(index, of: binding), reader.ipv6Hint(index, of: binding)]
    }
    return (binding, hints.compactMap { $0?.description })
  }

  /// Priority 1, target `.`, alpn h2 and h3, two IPv4 hints, ech, one IPv6 hint.
  static let example = ParserSamples.octets(
    """
    0001 00 0001 0006 026832 026833 0004 0008 c0000201 c0000202 0005 0003 aabbcc
    0006 0010 20010db8000000000000000000000001
    """)

  @Test func readsTheParameters() throws {
    let (binding, hints) = try read(Self.example)
    #expect(binding.priority == 1)
    #expect(binding.applicationProtocols == [.http2, .http3])
    #expect(binding.hasEncryptedClientHello && binding.encryptedClientHello.count == 3)
    #expect(binding.target.count == 1)
    #expect(hints == ["192.0.2.1", "2001:db8::1", "192.0.2.2"])
  }

  /// RFC 9460, appendix D.1, figure 2: AliasMode to foo.example.com.
  @Test func readsTheAliasOfRFC9460() throws {
    let data = ParserSamples.octets("0000 03666f6f 076578616d706c65 03636f6d 00")
    let (binding, hints) = try read(data)
    #expect(binding.priority == 0)
    #expect(binding.target.count == 17)
    #expect(!binding.hasEncryptedClientHello && hints == [])
  }

  @Test("every proper prefix is truncated or ends at a parameter")
  func reportsTruncation() {
    for length in 0..<Self.example.count where ![3, 13, 25, 32].contains(length) {
      #expect { try read(Array(Self.example.prefix(length))) } throws: {
        ($0 as? WireError)?.isTruncated == true
      }
    }
  }

  /// RDATA begins at offset 23.
  @Test(
    "bad fields",
    arguments: [
      ([0, 1, 0xc0, 12], WireError.invalid(.dnsServiceBinding, offset: 25)),
      ([0, 1, 0, 0, 4, 0, 3, 1, 2, 3], .invalid(.dnsServiceBinding, offset: 30)),
      ([0, 1, 0, 0, 6, 0, 4, 1, 2, 3, 4], .invalid(.dnsServiceBinding, offset: 30)),
      ([0, 1, 0, 0, 1, 0, 2, 5, 97], .truncated(offset: 31, needed: 5, available: 1)),
    ] as [([UInt8], WireError)])
  func throwsOnBadFields(data: [UInt8], error: WireError) {
    #expect(throws: error) { _ = try read(data) }
  }

  @Test func neverTrapsOnMutatedData() {
    ParserSamples.sweep(Self.example) { _ = try? read($0) }
  }
}
